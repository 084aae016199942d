//! Where a deployment lives and with which key it is called.

use crate::address::{self, Asked, Home};
use crate::draft::{Body, Draft};
use crate::field::{At, Fields};
use crate::vendor;

/// How a provider is reached.
pub(super) struct Access<'t> {
    pub(super) base: Option<At<'t>>,
    pub(super) key: Option<At<'t>>,
    version: Option<At<'t>>,
    region: Option<At<'t>>,
    /// Id, secret and perhaps a token of Amazon's.
    pair: Vec<At<'t>>,
    project: Option<At<'t>>,
    place: Option<At<'t>>,
    account: Option<At<'t>>,
}

impl<'t> Access<'t> {
    pub(super) fn take(fields: &mut Fields<'t>, credential: Option<&At<'t>>, draft: &mut Draft) -> Self {
        let mut either = |name: &str| fields.take(name).or_else(|| credential?.get(name));
        let (api_base, base_url) = (either("api_base"), either("base_url"));
        let access = Self {
            base: api_base.or(base_url),
            key: either("api_key"),
            version: either("api_version"),
            region: either("aws_region_name"),
            pair: ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"]
                .into_iter()
                .filter_map(&mut either)
                .collect(),
            project: either("vertex_project"),
            place: either("vertex_location"),
            account: either("vertex_credentials"),
        };
        let why = "profiles and roles of Amazon's are not read: give a key, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
        fields.refuse(
            &["aws_profile_name", "aws_role_name", "aws_session_name", "aws_web_identity_token"],
            why,
            draft,
        );
        access
    }

    /// Where it lives. `None` if nobody knows, which is reported.
    pub(super) fn home(
        &self,
        (item, group): (&At<'_>, &str),
        vendor: &str,
        draft: &mut Draft,
    ) -> Option<Home> {
        let mut base = self.base.as_ref().and_then(At::text).map(|text| draft.address(text));
        let word = |at: &Option<At<'_>>, draft: &mut Draft| at.as_ref()?.text().map(|text| draft.words(text));
        let version = word(&self.version, draft);
        if vendor::is_azure(vendor) {
            // Models of other makers live elsewhere, at an address that has a version as it is.
            let whole = |url: &str| url.contains(".services.ai.azure.com") || url.contains("api-version=");
            base = base.map(|url| if whole(&url) { url } else { address::azure(&url, version.as_deref()) });
        } else if let Some(at) = &self.version {
            draft.impossible(at, "only addresses on Azure have a version");
        }
        if vendor::is_bedrock(vendor) {
            base = base.or(word(&self.region, draft).map(|region| address::bedrock(&region)));
        }
        if vendor::is_vertex(vendor) {
            let place = word(&self.place, draft).unwrap_or_else(|| "us-central1".to_owned());
            base = base.or(word(&self.project, draft).map(|project| address::vertex(&project, &place)));
        }
        // What is called openai/… at an address of its own only speaks the dialect.
        let name = Some(vendor).filter(|name| base.is_none() || !vendor::is_compatible(name));
        let own = name.and_then(vendor::row).is_some_and(|row| row.local || row.own);
        if let Some(url) = base.as_mut().filter(|url| own && !url.trim_end_matches('/').ends_with("/v1")) {
            *url = format!("{}/v1", url.trim_end_matches('/'));
        }
        let home = address::home(Asked { name, base_url: base.as_deref(), dialect: None });
        if home.is_none() && vendor != "*" {
            let message = format!(
                "Wye does not know {vendor}, so {group} is not served by it; give its address as api_base, if it speaks \
                 OpenAI's chat API"
            );
            draft.impossible(item, message);
        }
        if home.is_some() && base.is_none() {
            // The rest of the address comes from the environment.
            let region = vendor::is_bedrock(vendor).then_some("AWS_REGION");
            let project = vendor::is_vertex(vendor).then_some("VERTEXAI_PROJECT");
            let resource = vendor::is_azure(vendor).then_some("AZURE_RESOURCE_NAME");
            draft.implied.extend([region, project, resource].into_iter().flatten().map(str::to_owned));
        }
        home.or_else(|| (vendor == "*").then(|| Home { body: Body::new(), row: None }))
    }

    /// A reference to the key; `None` if there is none, or if the registry says where it is.
    pub(super) fn key(&self, item: &At<'_>, vendor: &str, home: &Home, draft: &mut Draft) -> Option<String> {
        if let Some(at) = &self.key {
            let text = at.word().filter(|text| !is_no_key(text))?;
            return Some(draft.secret(at, &text, &format!("{vendor}_key")));
        }
        if vendor::is_bedrock(vendor) {
            return signed(&self.pair, item, draft);
        }
        if vendor::is_vertex(vendor) {
            let at = self.account.as_ref().unwrap_or(item);
            draft.implied.insert("GOOGLE_APPLICATION_CREDENTIALS".to_owned());
            draft.changed(at, "the service account is the file that GOOGLE_APPLICATION_CREDENTIALS names; set it to the path");
            return None;
        }
        let local = home.row.is_none_or(|row| row.local || row.own);
        let name = vendor::key_variable(vendor);
        let none = name.is_empty() || local && self.base.is_some();
        (!none).then(|| draft.variable(name))
    }
}

/// The key with which calls of Amazon's services are signed: what stands there, else what the environment holds.
pub(crate) fn signed(pair: &[At<'_>], item: &At<'_>, draft: &mut Draft) -> Option<String> {
    let words: Vec<String> = pair.iter().filter_map(At::word).collect();
    if let ([first, ..], true) = (pair, words.len() >= 2) {
        if let Some(reference) = draft.joined(first, &words, "aws_key") {
            return Some(reference);
        }
        draft.impossible(
            first,
            "a part of the pair is a variable and a part is not; write ID:SECRET into the vault",
        );
    }
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    draft.implied.extend(names.map(str::to_owned));
    let message = "it is called with what AWS_BEARER_TOKEN_BEDROCK holds, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; no \
                   other account of Amazon's is found by itself";
    draft.changed(item, message);
    None
}

/// What people write where a server wants no key but a client library does.
fn is_no_key(text: &str) -> bool {
    ["", "none", "null", "empty", "no-key", "not-needed", "dummy"]
        .contains(&text.trim().to_ascii_lowercase().as_str())
}
