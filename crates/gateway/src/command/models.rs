//! `wye models`: the names that clients may send as `model`.

use std::io::IsTerminal;

use wye_config::{Config, RouteConfig, Strategy, TargetOf};
use wye_types::DialectId;

use super::{Failure, NO_PROVIDER, Source};
use crate::load;
use crate::telemetry::say;

pub(super) async fn models(source: Source) -> Result<(), Failure> {
    let config = load::config(&source).await?;
    let mut rows = Vec::new();
    for route in &config.routes {
        rows.push((route.name.clone(), route_words(&config, route)));
    }
    for provider in &config.providers {
        for model in &provider.models {
            rows.push((format!("{}/{}", provider.id, model.id), words(&provider.dialects(Some(&model.id)))));
        }
        let dialects = words(&provider.dialects(None));
        rows.push((
            format!("{}/*", provider.id),
            format!("{dialects}: any model that {} knows", provider.base_url),
        ));
    }
    if rows.is_empty() {
        return Err(Failure::asked(NO_PROVIDER));
    }
    say(&table(&rows, std::io::stdout().is_terminal()));
    Ok(())
}

/// What a route asks. Where it keeps to a list, that is the list; else the targets as they are written, with how they are
/// ordered.
fn route_words(config: &Config, route: &RouteConfig) -> String {
    let is_list = |what: &TargetOf| matches!(what, TargetOf::Deployment(_) | TargetOf::Route(_));
    let flat = config.flat_targets(route);
    if route.strategy == Strategy::Ordered
        && !flat.is_empty()
        && route.targets.iter().all(|t| is_list(&t.what))
    {
        let targets: Vec<String> = flat.iter().map(|t| t.deployment.to_string()).collect();
        return format!("route: {}", targets.join(", then "));
    }
    let targets: Vec<String> = route.targets.iter().map(|t| t.what.to_string()).collect();
    format!("route, {}: {}", route.strategy.word(), targets.join(", "))
}

fn words(dialects: &[DialectId]) -> String {
    dialects.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Two columns: aligned for people, parted by a tab for programs.
fn table(rows: &[(String, String)], aligned: bool) -> String {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let lines: Vec<String> = rows
        .iter()
        .map(
            |(name, what)| if aligned { format!("{name:width$}  {what}") } else { format!("{name}\t{what}") },
        )
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_for_people_and_parted_by_tabs_for_programs() {
        let rows = [("größer/m", "x"), ("b", "y")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(table(&rows, true), "größer/m  x\nb         y");
        assert_eq!(table(&rows, false), "größer/m\tx\nb\ty");
    }
}
