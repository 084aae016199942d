//! What was told and still holds, and what came of telling it.

use wye_store::alerts::{AlertTable, Change, Message, Outcome, Standing, Told};
use wye_store::log::Keep;
use wye_store::log::retain::forget;
use wye_store::turn::Turn;
use wye_store::{Db, StoreError};

use super::retain::at;

crate::on_both![
    what_stands_is_changed_by_who_read_it_last,
    messages_wait_until_something_came_of_them,
    a_newer_message_takes_the_place_of_one_that_waits,
    pages_of_what_was_told_follow_each_other_and_old_ones_go,
    one_node_at_a_time_has_the_turn,
];

fn standing(subject: &str) -> Standing {
    Standing {
        kind: "budget_used_up".to_owned(),
        subject: subject.to_owned(),
        severity: "urgent".to_owned(),
        message: "it is used up".to_owned(),
        params: r#"{"a":1}"#.to_owned(),
        since_ms: 5,
        told_ms: 7,
        missed: 0,
        untold: false,
    }
}

fn message(id: u64, subject: &str, state: &str) -> Message {
    Message {
        id: format!("{id:08x}"),
        at_ms: id,
        kind: "budget_used_up".to_owned(),
        severity: "urgent".to_owned(),
        subject: subject.to_owned(),
        state: state.to_owned(),
        message: "it is used up".to_owned(),
        params: "{}".to_owned(),
        since_ms: 5,
    }
}

fn ids(told: &[Told]) -> Vec<&str> {
    told.iter().map(|told| told.message.id.as_str()).collect()
}

async fn what_stands_is_changed_by_who_read_it_last(db: Db) {
    let table = AlertTable::new(db);
    table.change(&[], &[]).await.unwrap();
    assert!(table.standing().await.unwrap().is_empty());
    let first = [Change::Raised(standing("a")), Change::Raised(standing("b"))];
    table.change(&first, &[message(1, "a", "raised")]).await.unwrap();
    let untold = Standing { untold: true, ..standing("a") };
    assert_eq!(table.standing().await.unwrap(), [untold.clone(), standing("b")]);
    // Another node begins the same: nothing of its change is made.
    let twice = [Change::Gone(standing("b")), Change::Raised(standing("a"))];
    let taken = table.change(&twice, &[message(2, "a", "raised")]).await;
    assert!(matches!(taken, Err(StoreError::Taken)), "{taken:?}");
    assert_eq!((table.standing().await.unwrap().len(), table.waiting(9).await.unwrap().len()), (2, 1));
    let is = Standing { missed: 1, message: "a\0b".to_owned(), ..standing("b") };
    let missed = Change::Kept { was: standing("b"), is: is.clone() };
    table.change(std::slice::from_ref(&missed), &[]).await.unwrap();
    let missed_again = table.change(&[missed], &[]).await;
    assert!(matches!(missed_again, Err(StoreError::Conflict)), "a round counts once: {missed_again:?}");
    assert_eq!(table.standing().await.unwrap()[1].message, "a\u{fffd}b");
    let gone = table.change(&[Change::Gone(standing("b"))], &[]).await;
    assert!(matches!(gone, Err(StoreError::Conflict)), "it was read before the round: {gone:?}");
    table.change(&[Change::Gone(is)], &[]).await.unwrap();
    assert_eq!(table.standing().await.unwrap(), [untold]);
}

async fn messages_wait_until_something_came_of_them(db: Db) {
    let table = AlertTable::new(db);
    let all: Vec<Message> = (1..=3).map(|n| message(n, &format!("s{n}"), "raised")).collect();
    table.change(&[], &all).await.unwrap();
    assert_eq!(ids(&table.waiting(2).await.unwrap()), ["00000001", "00000002"]);
    table.sent("00000001", Outcome::Waiting, Some(503), Some("it answered 503")).await.unwrap();
    let waiting = table.waiting(9).await.unwrap();
    assert_eq!(ids(&waiting), ["00000002", "00000003", "00000001"], "whose turn it is longest");
    assert_eq!(
        waiting[2],
        Told {
            message: all[0].clone(),
            outcome: Outcome::Waiting,
            status: Some(503),
            attempts: 1,
            said: Some("it answered 503".to_owned()),
        }
    );
    table.sent("00000001", Outcome::Delivered, Some(204), None).await.unwrap();
    table.sent("00000001", Outcome::Waiting, None, Some("late")).await.unwrap();
    table.give_up(3).await.unwrap();
    let (told, next) = table.list(None, 9).await.unwrap();
    let seen: Vec<_> = told.iter().map(|told| (told.outcome, told.status, told.attempts)).collect();
    assert_eq!(
        (seen, next),
        (
            vec![(Outcome::Waiting, None, 0), (Outcome::Failed, None, 0), (Outcome::Delivered, Some(204), 2)],
            None
        )
    );
    assert_eq!(told[2].said, None);
}

async fn a_newer_message_takes_the_place_of_one_that_waits(db: Db) {
    let table = AlertTable::new(db);
    table.change(&[Change::Raised(standing("a\0"))], &[message(1, "a\0", "raised")]).await.unwrap();
    let was = table.standing().await.unwrap().remove(0);
    assert!(was.untold, "names are the same in both tables");
    table.change(&[], &[message(2, "a\0", "still"), message(3, "b", "raised")]).await.unwrap();
    assert_eq!(ids(&table.waiting(9).await.unwrap()), ["00000002", "00000003"]);
    assert!(!table.standing().await.unwrap()[0].untold);
    table.change(&[Change::Gone(was)], &[]).await.unwrap();
    assert_eq!(ids(&table.waiting(9).await.unwrap()), ["00000003"], "it is over");
    let (told, _) = table.list(None, 9).await.unwrap();
    assert!(told[2].said.as_deref().is_some_and(|said| said.contains("before it was delivered")));
}

async fn pages_of_what_was_told_follow_each_other_and_old_ones_go(db: Db) {
    const DAY: u64 = 86_400_000;
    let table = AlertTable::new(db.clone());
    for n in 1..=5 {
        let told = Told {
            message: message(n * DAY, "", "test"),
            outcome: Outcome::Delivered,
            attempts: 1,
            ..Told::default()
        };
        table.keep(&told).await.unwrap();
    }
    let (first, next) = table.list(None, 2).await.unwrap();
    let (second, after) = table.list(next.as_deref(), 3).await.unwrap();
    let seen: Vec<u64> = first.iter().chain(&second).map(|told| told.message.at_ms / DAY).collect();
    assert_eq!((seen, after), (vec![5, 4, 3, 2, 1], None));
    let keep = Keep::new(1, &[], &[]).unwrap();
    forget(&db, &keep, &at(33 * DAY)).await.unwrap();
    assert_eq!(table.list(None, 9).await.unwrap().0.len(), 3, "thirty days are kept");
    for n in 0..1002 {
        let told = Told { message: message(100 * DAY + n, "", "test"), ..Told::default() };
        table.keep(&told).await.unwrap();
    }
    let (mut count, mut before) = (0, None);
    loop {
        let (page, next) = table.list(before.as_deref(), 500).await.unwrap();
        count += page.len();
        match next {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    assert_eq!(count, 1000);
}

async fn one_node_at_a_time_has_the_turn(db: Db) {
    let take = async |turn: Turn, node, now| turn.take(&db, node, now, 10).await.unwrap();
    assert!(take(Turn::Alerts, "a", 100).await);
    assert!(!take(Turn::Alerts, "b", 105).await);
    assert!(take(Turn::Retention, "b", 105).await, "another turn");
    assert!(take(Turn::Alerts, "a", 109).await, "it is kept");
    assert!(!take(Turn::Alerts, "b", 119).await);
    assert!(take(Turn::Alerts, "b", 120).await, "who stopped has lost it");
    assert!(!take(Turn::Alerts, "a", 125).await);
}
