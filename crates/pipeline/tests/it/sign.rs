//! Providers whose keys are not simply sent, from a client's request to a vendor that checks.

use http::HeaderMap;
use serde_json::json;
use wye_sim::{Script, service_account};
use wye_types::DialectId;
use wye_wire::dialect::PathAsk;

use crate::house::{Ask, House};

const PAIR: &str = "AKIDEXAMPLE00000:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY:s3ssion/T0ken+that-is-long";

fn ask(model: &str) -> Ask {
    Ask {
        dialect: DialectId::OpenAiChat,
        path: PathAsk::default(),
        headers: HeaderMap::new(),
        body: json!({"model": model, "messages": [{"role": "user", "content": "Hi"}]}),
    }
}

async fn house(key: &str) -> House {
    let script = format!(
        "seed: 1\nepoch: 1750000000\nproviders:\n  aws: {{ dialect: bedrock_converse, keys: ['{PAIR}'], models: {{ 'us.m-1:0': {{}} }} }}\n"
    );
    let key = key.to_owned();
    House::of(Script::from_yaml(&script).unwrap(), move |fleet| {
        let url = fleet.base_url("aws");
        format!(
            "discover: false\nproviders:\n  aws: {{ dialect: bedrock_converse, base_url: '{url}', auth: aws, api_key: '{key}' }}\n"
        )
    })
    .await
}

#[tokio::test]
async fn calls_of_a_pair_are_signed_whole_and_streamed() {
    let house = house(&format!("{PAIR}@eu-west-1")).await;
    for stream in [false, true] {
        let got = house.ask(&ask("aws/us.m-1:0").aimed("aws/us.m-1:0", stream)).await.unwrap();
        assert_eq!(got.status, 200, "{}", got.text());
    }
    for received in house.received() {
        let header = |name: &str| received.headers[name].clone();
        assert!(header("authorization").contains("/eu-west-1/bedrock/aws4_request"), "{received:?}");
        assert!(received.path.starts_with("/model/us.m-1%3A0/converse"), "{}", received.path);
        assert_eq!(header("x-amz-security-token"), "s3ssion/T0ken+that-is-long");
        assert_eq!(received.key, Some(0));
    }
}

#[tokio::test]
async fn what_the_vendor_quotes_of_a_signature_stays_here() {
    let wrong = PAIR.replace("EXAMPLEKEY", "ANOTHERKEY");
    let house = house(&format!("{wrong}@eu-west-1")).await;
    let error = house.ask(&ask("aws/us.m-1:0")).await.err().unwrap();
    let told = format!("{error:?}");
    assert!(told.contains("does not match"), "{told}");
    assert!(!told.contains("s3ssion") && !told.contains("wJalr"), "{told}");
}

#[tokio::test]
async fn a_service_account_calls_with_tokens() {
    let script = "seed: 1\nepoch: 1750000000\nproviders:\n  g: { dialect: gemini, service_account: true, models: { m: {} } }\n";
    let house = House::of(Script::from_yaml(script).unwrap(), |fleet| {
        let url = fleet.root_url("g");
        let account = service_account(&format!("{url}/oauth/token")).replace('\'', "''");
        format!("discover: false\nproviders:\n  g: {{ dialect: gemini, base_url: '{url}', auth: google, api_key: '{account}' }}\n")
    })
    .await;
    for stream in [false, true, false] {
        let got = house.ask(&ask("g/m").aimed("g/m", stream)).await.unwrap();
        assert_eq!(got.status, 200, "{}", got.text());
    }
    let received = house.received();
    let exchanges = received.iter().filter(|received| received.path == "/oauth/token").count();
    assert_eq!((exchanges, received.len()), (1, 4));
}
