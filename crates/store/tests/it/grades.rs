//! Grades and labels: set, replaced, removed, and noticed by others.

use wye_store::Db;
use wye_store::grades::{GradeRow, GradeTable};
use wye_store::labels::{Label, LabelTable};

crate::on_both![
    grades_are_replaced_removed_and_every_change_is_counted,
    labels_are_kept_once_a_request_and_read_in_their_order,
];

fn grade(model: &str, category: &str, value: f64) -> GradeRow {
    GradeRow {
        provider: "p".to_owned(),
        model: model.to_owned(),
        category: category.to_owned(),
        value,
        questions: 20,
        source: "ada".to_owned(),
        at_ms: 5,
    }
}

async fn grades_are_replaced_removed_and_every_change_is_counted(db: Db) {
    let table = GradeTable::new(db);
    assert_eq!((table.all().await.unwrap(), table.changes().await.unwrap()), ((0, Vec::new()), 0));
    table.put(&[]).await.unwrap();
    table.put(&[grade("b/x", "code", 0.5), grade("a", "math", 1.0), grade("a", "code", 0.25)]).await.unwrap();
    let better = GradeRow { questions: u32::MAX, at_ms: 9, ..grade("a", "code", 0.75) };
    table.put(std::slice::from_ref(&better)).await.unwrap();
    let (changes, all) = table.all().await.unwrap();
    assert_eq!(changes, 2, "what changes nothing is not counted");
    assert_eq!(all, [better, grade("a", "math", 1.0), grade("b/x", "code", 0.5)]);
    assert_eq!(table.remove("p", "a", Some("thai")).await.unwrap(), 0);
    assert_eq!(table.remove("p", "b/x", Some("code")).await.unwrap(), 1);
    assert_eq!(table.remove("p", "a", None).await.unwrap(), 2);
    assert_eq!(table.all().await.unwrap(), (5, Vec::new()));
}

async fn labels_are_kept_once_a_request_and_read_in_their_order(db: Db) {
    let table = LabelTable::new(db);
    let label = |id: &str| Label {
        id: id.to_owned(),
        at_ms: 7,
        author: "ada".to_owned(),
        category: Some("code".to_owned()),
        ..Label::default()
    };
    let full = Label {
        difficulty: Some(0.5),
        note: "a program".to_owned(),
        guessed: Some("general".to_owned()),
        guessed_difficulty: Some(0.25),
        text: Some("write \u{fffd}it".to_owned()),
        ..label("b")
    };
    table.put(&label("a")).await.unwrap();
    table.put(&Label { category: None, ..label("b") }).await.unwrap();
    table.put(&Label { text: Some("write \0it".to_owned()), ..full.clone() }).await.unwrap();
    table.put(&label("c")).await.unwrap();
    assert_eq!(table.after("", 2).await.unwrap(), [label("a"), full]);
    assert_eq!(table.after("b", 9).await.unwrap(), [label("c")]);
    assert!(table.remove("a").await.unwrap() && !table.remove("a").await.unwrap());
    assert_eq!(table.after("", 9).await.unwrap().len(), 2);
}
