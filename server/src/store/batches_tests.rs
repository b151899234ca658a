use futures::future::join_all;
use tokio::sync::Notify;

use super::*;
use crate::auth::token::Token;
use crate::store::Error;

/// What was asked for, statement by statement: how many tokens, and the time.
type Log = Arc<Mutex<Vec<(usize, UnixTime)>>>;

/// Answers each token with itself, once `go_on` allows it.
async fn ask(
    batches: &Batches<TokenHash>,
    token: &TokenHash,
    now: UnixTime,
    log: &Log,
    go_on: &Arc<Notify>,
) -> Result<Option<TokenHash>> {
    let (log, go_on) = (Arc::clone(log), Arc::clone(go_on));
    let read = move |tokens: Vec<TokenHash>, now| {
        let (log, go_on) = (Arc::clone(&log), Arc::clone(&go_on));
        async move {
            log.lock().unwrap().push((tokens.len(), now));
            go_on.notified().await;
            Ok(tokens.into_iter().map(|token| (token.clone(), token)).collect())
        }
    };
    batches.row(token, now, read).await
}

fn tokens(number: usize) -> Vec<TokenHash> {
    (0..number).map(|_| Token::random().hash()).collect()
}

/// Waits until so many statements have begun.
async fn begun(log: &Log, statements: usize) {
    let all_begun = async {
        while log.lock().unwrap().len() < statements {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all_begun).await.expect("fewer statements");
}

#[tokio::test]
async fn a_request_that_is_alone_reads_at_once_and_those_that_come_meanwhile_share_the_next_statements() {
    let (batches, log, go_on) = (Batches::default(), Log::default(), Arc::new(Notify::new()));
    let all = tokens(42);
    let first = ask(&batches, &all[0], 0, &log, &go_on);
    let others = async {
        begun(&log, 1).await;
        join_all((1..42).map(|n| ask(&batches, &all[n], n as i64, &log, &go_on))).await
    };
    let release = async {
        for statement in 1..=3 {
            begun(&log, statement).await;
            tokio::task::yield_now().await;
            go_on.notify_one();
        }
    };
    let (first, others, ()) = tokio::join!(first, others, release);
    let found: Vec<_> = [first].into_iter().chain(others).map(|row| row.unwrap().unwrap()).collect();
    assert_eq!(found, all, "each gets its own row");
    // The time is that of those who wait, not of the first one.
    assert_eq!(*log.lock().unwrap(), [(1, 0), (32, 32), (32, 41)]);
}

#[tokio::test]
async fn a_token_without_a_row_gets_none() {
    let batches: Batches<()> = Batches::default();
    let [token] = &tokens(1)[..] else { unreachable!() };
    assert!(batches.row(token, 0, async |_, _| Ok(Vec::new())).await.unwrap().is_none());
}

#[tokio::test]
async fn after_a_failure_each_asks_on_its_own_and_learns_what_is_wrong() {
    let batches: Batches<()> = Batches::default();
    let asked = tokens(3);
    let rows = asked.iter().map(|token| batches.row(token, 0, async |_, _| Err(Error::PoolTimedOut)));
    let rows = join_all(rows).await;
    assert!(rows.iter().all(|row| matches!(row, Err(Error::PoolTimedOut))), "{rows:?}");
    expect_reading(&batches).await;
}

#[tokio::test]
async fn after_a_panic_the_next_request_reads_again() {
    let batches: Batches<()> = Batches::default();
    let token = &tokens(1)[0];
    let row = batches.row(token, 0, async |_, _| panic!("on purpose"));
    assert!(futures::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(row)).await.is_err());
    expect_reading(&batches).await;
}

async fn expect_reading(batches: &Batches<()>) {
    let token = &tokens(1)[0];
    let row = batches.row(token, 0, async |tokens: Vec<TokenHash>, _| Ok(vec![(tokens[0].clone(), ())]));
    assert!(row.await.unwrap().is_some());
}

#[tokio::test]
async fn a_request_that_is_given_up_holds_up_nobody() {
    let (batches, log, go_on) = (Batches::default(), Log::default(), Arc::new(Notify::new()));
    let all = tokens(2);
    {
        let mut given_up = std::pin::pin!(ask(&batches, &all[0], 0, &log, &go_on));
        assert!(futures::poll!(given_up.as_mut()).is_pending());
        begun(&log, 1).await;
    }
    let release = async {
        for statement in 1..=2 {
            begun(&log, statement).await;
            go_on.notify_one();
        }
    };
    let (row, ()) = tokio::join!(ask(&batches, &all[1], 0, &log, &go_on), release);
    assert_eq!(row.unwrap(), Some(all[1].clone()));
}

#[tokio::test]
async fn everyone_who_asks_for_the_same_token_gets_its_row() {
    let (batches, log, go_on) = (Batches::default(), Log::default(), Arc::new(Notify::new()));
    let token = &tokens(1)[0];
    let asked = join_all((0..20).map(|n| ask(&batches, token, n, &log, &go_on)));
    let release = async {
        begun(&log, 1).await;
        go_on.notify_one();
    };
    let (rows, ()) = tokio::join!(asked, release);
    assert!(rows.into_iter().all(|row| row.unwrap().as_ref() == Some(token)));
}

#[tokio::test]
async fn a_statement_that_hangs_holds_up_the_others_for_a_second() {
    let batches: Batches<()> = Batches::default();
    let [hangs, other] = &tokens(2)[..] else { unreachable!() };
    let never = batches.row(hangs, 0, async |_, _| std::future::pending().await);
    let answered = async {
        tokio::task::yield_now().await;
        batches.row(other, 0, async |tokens: Vec<TokenHash>, _| Ok(vec![(tokens[0].clone(), ())])).await
    };
    tokio::select! {
        _ = never => unreachable!("it hangs"),
        row = tokio::time::timeout(Duration::from_secs(3), answered) => assert!(row.expect("in time").unwrap().is_some()),
    }
}
