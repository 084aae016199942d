//! Order and fairness of the queue, by a paused clock.

use tokio::task::JoinSet;

use super::*;

const LONG: Duration = Duration::from_secs(3600);

fn waiting(places: usize) -> Arc<Waiting> {
    let waiting = Arc::new(Waiting::default());
    waiting.set_places(places);
    waiting
}

fn join(waiting: &Arc<Waiting>, route: &str, key: &str, priority: u8) -> Option<Place> {
    waiting.join(Waiter { route, key, priority }, ["p"].into_iter())
}

/// Serves whoever is first, until nobody waits; gives their names in the order of service.
async fn served(waiting: &Arc<Waiting>, places: Vec<(&'static str, Place)>) -> Vec<&'static str> {
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();
    for (name, place) in places {
        let order = Arc::clone(&order);
        tasks.spawn(async move {
            assert!(place.turn(None, LONG).await, "{name}");
            order.lock().unwrap().push(name);
            place.served();
        });
    }
    waiting.freed("p");
    while tasks.join_next().await.is_some() {}
    std::mem::take(&mut *order.lock().unwrap())
}

#[tokio::test(start_paused = true)]
async fn priorities_come_first_and_keys_take_turns() {
    let waiting = waiting(9);
    let mut places = Vec::new();
    for (name, key, priority) in [
        ("a1", "a", 5),
        ("a2", "a", 5),
        ("a3", "a", 5),
        ("b1", "b", 5),
        ("late", "a", 9),
        ("c1", "c", 5),
        ("b2", "b", 5),
        ("soon", "b", 0),
    ] {
        places.push((name, join(&waiting, "r", key, priority).unwrap()));
    }
    assert_eq!(waiting.len(), 8);
    // One thing is given back; each that gets through lets the next one try.
    assert_eq!(served(&waiting, places).await, ["soon", "a1", "b1", "c1", "a2", "b2", "a3", "late"]);
    assert!(waiting.is_empty() && !waiting.has_line("r"));
}

#[tokio::test(start_paused = true)]
async fn only_the_first_is_woken_and_only_for_its_providers() {
    let waiting = waiting(9);
    let (first, second) = (join(&waiting, "r", "a", 5).unwrap(), join(&waiting, "r", "b", 5).unwrap());
    let other = waiting.join(Waiter { route: "s", key: "a", priority: 5 }, ["q"].into_iter()).unwrap();
    waiting.freed("p");
    let soon = Duration::from_secs(1);
    assert!(first.turn(None, soon).await);
    assert!(!second.turn(None, soon).await && !other.turn(None, soon).await);
    // It did not fit: it stays, and is woken again.
    assert!(!first.turn(None, soon).await);
    waiting.freed("p");
    assert!(first.turn(None, soon).await);
    waiting.changed();
    assert!(first.turn(None, soon).await && other.turn(None, soon).await);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_makes_room_and_wakes_the_next() {
    let waiting = waiting(2);
    let first = join(&waiting, "r", "a", 5).unwrap();
    let second = join(&waiting, "r", "a", 5).unwrap();
    assert!(join(&waiting, "r", "b", 0).is_none(), "every place is taken");
    assert!(join(&waiting, "s", "b", 0).is_none());
    assert!(first.is_first() && !second.is_first());
    drop(first);
    assert!(second.is_first());
    assert!(second.turn(None, LONG).await);
    assert_eq!(waiting.len(), 1);
    assert!(join(&waiting, "s", "b", 0).is_some());
}

#[tokio::test(start_paused = true)]
async fn the_first_tries_when_it_is_due_and_no_sooner() {
    let waiting = waiting(9);
    let (first, second) = (join(&waiting, "r", "a", 5).unwrap(), join(&waiting, "r", "b", 5).unwrap());
    let start = Instant::now();
    let due = Duration::from_secs(3);
    assert!(first.turn(Some(due), Duration::from_secs(5)).await);
    assert_eq!(start.elapsed(), due);
    // One that is not first waits for its turn, whatever is due, and no longer than it may.
    assert!(!second.turn(Some(due), Duration::from_secs(5)).await);
    assert_eq!(start.elapsed(), due + Duration::from_secs(5));
    // One with a better priority takes the turn of who was first.
    let better = join(&waiting, "r", "c", 1).unwrap();
    assert!(!first.turn(Some(due), Duration::from_secs(5)).await);
    assert!(better.turn(Some(Duration::ZERO), Duration::from_secs(5)).await);
    better.served();
    assert!(first.turn(None, LONG).await);
}

mod any_order {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

        /// However requests come and go: there is a first as long as any wait, no place is lost, and none is left over.
        #[test]
        fn no_place_is_lost(steps in prop::collection::vec((0u8..3, 0u8..3, 0u8..3, any::<prop::sample::Index>()), 1..60)) {
            let waiting = waiting(12);
            let mut places: Vec<Place> = Vec::new();
            for (what, key, priority, which) in steps {
                match what {
                    0 | 1 if places.len() < 12 => {
                        let key = ["a", "b", "c"][usize::from(key)];
                        places.push(join(&waiting, ["r", "s"][usize::from(what)], key, priority).unwrap());
                    }
                    _ if places.is_empty() => {}
                    1 => places.swap_remove(which.index(places.len())).served(),
                    _ => drop(places.swap_remove(which.index(places.len()))),
                }
                prop_assert_eq!(waiting.len(), places.len());
                for route in ["r", "s"] {
                    let of: Vec<&Place> = places.iter().filter(|p| p.route == route).collect();
                    prop_assert_eq!(waiting.has_line(route), !of.is_empty());
                    let firsts: Vec<u8> = of.iter().filter(|p| p.is_first()).map(|p| p.priority).collect();
                    let best: Vec<u8> = of.iter().map(|p| p.priority).min().into_iter().collect();
                    prop_assert_eq!(firsts, best);
                }
            }
            drop(places);
            prop_assert!(waiting.is_empty() && waiting.lines().is_empty());
        }
    }
}
