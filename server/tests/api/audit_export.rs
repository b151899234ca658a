//! What leaves the portal of the audit log: exports that anybody can verify, and anchors.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use postern::audit::anchor_lines::AnchorLines;
use postern::audit::anchoring::Anchoring;
use postern::audit::export::{Format, export};
use postern::mail::delivery;
use postern_testkit::{ADA, Portal, on_both_databases};
use serde_json::Value;

use crate::audit::{anchors, chain};
use crate::audit_encoding::{columns, hash};

async fn scene(portal: &Portal) {
    portal.add_user("Acme", ADA).await;
    portal.add_user("Beta", "o'neil@example.com").await;
    for email in [ADA, "'=quoted'@example.com", "o'neil@example.com", "nobody@example.com"] {
        portal.browser().sign_in_with(email, "wrong").await;
    }
    portal
        .database
        .execute("update events set subject = '=1+1' where what = 'user_added' and subject = 'ada@example.com'")
        .await;
    chain(portal).await;
}

async fn exported(portal: &Portal, format: Format) -> String {
    let mut out = Vec::new();
    let exported = export(&portal.state.db, &portal.state.cipher, None, format, &mut out).await.unwrap();
    assert!(exported.entries > 6 && exported.damaged.is_empty());
    String::from_utf8(out).unwrap()
}

/// A line of an export: what an entry says, and the values of its row, marked as they are hashed.
struct Line {
    entry: HashMap<&'static str, String>,
    row: Option<Vec<String>>,
}

/// Verifies an export; returns the last hash of each chain.
fn last_hashes(lines: impl Iterator<Item = Line>) -> HashMap<String, String> {
    let mut ends: HashMap<String, (u64, String)> = HashMap::new();
    for Line { entry, row } in lines {
        let of = |name: &str| entry[name].as_str();
        let (seq, end) = ends.entry(of("chain").to_owned()).or_insert_with(|| (0, "0".repeat(64)));
        *seq += 1;
        assert_eq!((of("seq"), of("previous_hash")), (seq.to_string().as_str(), end.as_str()));
        if let Some(values) = row {
            let columns = columns(of("kind"));
            let pairs = columns.iter().zip(&values).flat_map(|(name, value)| [*name, value.as_str()]);
            let parts: Vec<&str> = ["postern audit row 1", of("kind")].into_iter().chain(pairs).collect();
            assert_eq!(hash(&parts), of("row_hash"));
        }
        let own = [
            "postern audit entry 1",
            of("chain"),
            of("seq"),
            end.as_str(),
            of("version"),
            of("kind"),
            of("row_id"),
            of("at"),
            of("row_hash"),
        ];
        assert_eq!(hash(&own), of("hash"));
        of("hash").clone_into(end);
    }
    ends.into_iter().map(|(chain, (_, end))| (chain, end)).collect()
}

const OF_ENTRY: [&str; 9] = ["chain", "seq", "previous_hash", "version", "kind", "row_id", "at", "row_hash", "hash"];

fn json_line(line: &str) -> Line {
    let value: Value = serde_json::from_str(line).unwrap();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let entry: HashMap<_, _> = OF_ENTRY.into_iter().map(|name| (name, text(&value[name]))).collect();
    let marked = |value: &Value| match value {
        Value::Null => "n".to_owned(),
        Value::String(text) => format!("t{text}"),
        number => format!("i{number}"),
    };
    let row = columns(&entry["kind"]).iter().map(|name| marked(&value["row"][name])).collect();
    Line { row: value["row"].is_object().then_some(row), entry }
}

fn csv_line(record: &HashMap<String, String>) -> Line {
    let cell = |name: &str| record[name].strip_prefix('\'').unwrap_or(&record[name]).to_owned();
    let entry: HashMap<_, _> = OF_ENTRY.into_iter().map(|name| (name, cell(name))).collect();
    let value = |name: &&str| match *name {
        "id" => format!("t{}", cell("row_id")),
        "at" => format!("i{}", cell("at")),
        "account_id" | "user_id" if cell(name).is_empty() => "n".to_owned(),
        name => format!("t{}", cell(name)),
    };
    let row = columns(&entry["kind"]).iter().map(value).collect();
    Line { row: (!(record["what"].is_empty() && record["result"].is_empty())).then_some(row), entry }
}

on_both_databases! {
    async fn an_export_is_verified_by_sha_256_alone_up_to_the_anchors(portal) {
        scene(portal).await;
        portal.database.execute("delete from login_history where account_id is null").await;
        let expected: HashMap<_, _> =
            anchors(portal).await.into_iter().map(|anchor| (anchor.chain.to_string(), anchor.last.hash)).collect();
        let jsonl = exported(portal, Format::Jsonl).await;
        assert_eq!(last_hashes(jsonl.lines().map(json_line)), expected);
        let csv = exported(portal, Format::Csv).await;
        assert!(csv.contains(",'=1+1,"), "{csv}");
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let records = reader.deserialize().map(|record| csv_line(&record.unwrap()));
        assert_eq!(last_hashes(records), expected);
    }

    async fn anchors_are_kept_in_a_file_in_syslog_and_in_one_e_mail_of_all_servers(portal) {
        scene(portal).await;
        let folder = portal.state.config.server.data_dir.clone();
        let (file, socket) = (folder.join("anchors"), folder.join("log"));
        let syslog = UnixDatagram::bind(&socket).unwrap();
        syslog.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let with_anchors = async |portal: &Portal| portal.node_with(|config| {
            config.audit.anchor_file = Some(file.clone());
            config.audit.anchor_syslog = Some(socket.clone());
            config.audit.anchor_mail = Some(postern_types::Email::parse("operator@example.com").unwrap());
        }).await;
        let (one, other) = (with_anchors(portal).await, with_anchors(portal).await);
        portal.database.execute("delete from outbox").await;
        let (mut first, mut second) = (Anchoring::new(one.state.clone()), Anchoring::new(other.state.clone()));
        first.round().await.unwrap();
        first.round().await.unwrap();
        second.round().await.unwrap();
        let written = fs::read_to_string(&file).unwrap();
        let kept: Vec<String> = written.lines().map(str::to_owned).collect();
        let cipher = &portal.state.cipher;
        let placed: Vec<_> = AnchorLines::new("anchors".to_owned(), written.as_bytes(), cipher).map(Result::unwrap).collect();
        assert_eq!(placed.len(), 2 * anchors(portal).await.len(), "each server's");
        let ends = placed.iter().map(|it| (&it.anchor.chain, &it.anchor.last)).collect::<Vec<_>>();
        assert_eq!(ends[..3], ends[3..]);
        assert!(anchors(portal).await.iter().zip(&ends).all(|(now, kept)| (&now.chain, &now.last) == *kept));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        for line in &kept {
            let mut buffer = [0; 1_024];
            let length = syslog.recv(&mut buffer).unwrap();
            let expected = format!("<86>postern[{}]: {line}", std::process::id());
            assert_eq!(String::from_utf8_lossy(&buffer[..length]), expected);
        }
        assert_eq!(portal.database.count("select count(*) from outbox").await, 1);
        delivery::deliver_due(&portal.state).await.unwrap();
        let mails = fs::read_dir(folder.join("mail")).unwrap();
        let mail = mails.map(|mail| fs::read_to_string(mail.unwrap().path()).unwrap()).find(|it| it.contains("operator@"));
        let mail = mail.unwrap();
        assert!(kept[..3].iter().all(|line| mail.contains(&format!("\r\n{line}\r\n"))), "{mail}");
        portal.advance(24 * 3_600);
        first.round().await.unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3 * 3);
        assert_eq!(portal.database.count("select count(*) from outbox").await, 1);
    }

    async fn the_first_anchors_are_kept_when_there_is_a_chain(portal) {
        let file = portal.state.config.server.data_dir.join("anchors");
        let node = portal.node_with(|config| config.audit.anchor_file = Some(file.clone())).await;
        let mut anchoring = Anchoring::new(node.state.clone());
        anchoring.round().await.unwrap();
        assert!(!file.exists());
        scene(portal).await;
        anchoring.round().await.unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3);
    }

    async fn a_place_that_cannot_be_written_holds_up_no_other(portal) {
        scene(portal).await;
        let folder = portal.state.config.server.data_dir.clone();
        let node = portal.node_with(|config| {
            config.audit.anchor_file = Some(folder.join("absent").join("anchors"));
            config.audit.anchor_mail = Some(postern_types::Email::parse("operator@example.com").unwrap());
        }).await;
        portal.database.execute("delete from outbox").await;
        let mut anchoring = Anchoring::new(node.state.clone());
        let error = anchoring.round().await.unwrap_err().to_string();
        assert!(error.contains("cannot write"), "{error}");
        assert_eq!(portal.database.count("select count(*) from outbox").await, 1);
        fs::create_dir(folder.join("absent")).unwrap();
        anchoring.round().await.unwrap();
        assert!(folder.join("absent").join("anchors").exists());
    }

    async fn a_damaged_head_holds_up_no_other_anchor(portal) {
        scene(portal).await;
        portal.database.execute("insert into audit_chains (id, head_sealed) values ('0', 'rubbish')").await;
        let file = portal.state.config.server.data_dir.join("anchors");
        let node = portal.node_with(|config| config.audit.anchor_file = Some(file.clone())).await;
        let mut anchoring = Anchoring::new(node.state.clone());
        let error = anchoring.round().await.unwrap_err().to_string();
        assert!(error.contains("cannot be opened: 0"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3);
        anchoring.round().await.unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3, "they are not due again");
        let mut out = Vec::new();
        let state = &portal.state;
        let exported = export(&state.db, &state.cipher, None, Format::Jsonl, &mut out).await.unwrap();
        assert_eq!((exported.entries, exported.damaged.len()), (String::from_utf8(out).unwrap().lines().count() as u64, 1));
    }
}
