//! The documents about the figures say what there is, and nothing else.

use std::collections::BTreeSet;

use openmetrics_parser::OpenMetricsType;
use openmetrics_parser::openmetrics::parse_openmetrics;
use postern_testkit::{ADA, Portal};

use crate::metrics::figures;

const DOCUMENT: &str = include_str!("../../../docs/metrics.md");
const DASHBOARD: &str = include_str!("../../../docs/metrics/dashboard.json");
const ALERTS: &str = include_str!("../../../docs/metrics/alerts.yml");

/// The name of every family as queries use it, and all names of its series.
async fn names() -> (BTreeSet<String>, BTreeSet<String>) {
    let portal = Portal::on_sqlite().await;
    portal.add_user("Acme", ADA).await;
    // Families with labels that are not known before.
    portal.browser().sign_in(ADA).await.expect(200);
    portal.state.db.counted().refused_attempt("code:x");
    let exposition = parse_openmetrics(&figures(&portal).await).unwrap();
    let (mut families, mut series) = (BTreeSet::new(), BTreeSet::new());
    for (name, family) in exposition.families {
        let suffixes: &[&str] = match family.family_type {
            OpenMetricsType::Counter => &["_total"],
            OpenMetricsType::Info => &["_info"],
            OpenMetricsType::Histogram => &["_bucket", "_count", "_sum"],
            _ => &[""],
        };
        let is_histogram = suffixes.len() > 1;
        families.insert(if is_histogram { name.clone() } else { format!("{name}{}", suffixes[0]) });
        series.extend(suffixes.iter().map(|suffix| format!("{name}{suffix}")));
    }
    (families, series)
}

/// The words of a text that are names of figures.
fn named_in(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("postern_") || word.starts_with("process_")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_has_every_family_and_no_other() {
    let (families, _) = names().await;
    assert!(families.len() > 15, "{families:?}");
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let documented: BTreeSet<String> = rows.map(str::to_owned).collect();
    assert_eq!(documented, families);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_and_the_alerts_ask_for_figures_that_exist() {
    let (_, series) = names().await;
    serde_json::from_str::<serde_json::Value>(DASHBOARD).unwrap();
    for (file, text) in [("dashboard.json", DASHBOARD), ("alerts.yml", ALERTS)] {
        let named = named_in(text);
        assert!(named.len() > 5, "{file}: {named:?}");
        let unknown: Vec<_> = named.difference(&series).collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
    }
}
