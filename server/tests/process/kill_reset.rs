//! Power cuts: SIGKILL at random moments of a reset that a second administrator approves, and of the set-up after it.

use std::time::Duration;

use postern::auth::token::random_id;
use postern_testkit::authenticator::code;
use postern_testkit::{Browser, Installation, PASSWORD, Server, credentials};
use postern_types::route;
use serde_json::json;
use tokio::sync::watch;

const ADA: &str = "ada@example.com";
const CY: &str = "cy@example.com";
/// Requests of a story.
const REQUESTS: u32 = 4;
/// About what the slowest of them takes.
const LONGEST_REQUEST: Duration = Duration::from_millis(60);

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_a_reset_is_done_or_not_on_sqlite() {
    kill_rounds(&Installation::on_sqlite(), 16).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_a_reset_is_done_or_not_on_postgres() {
    kill_rounds(&Installation::on_postgres().await, 8).await;
}

/// Two administrators of an account in which a reset needs a set-up code and a second administrator.
#[derive(Clone)]
struct Scene {
    account: String,
    asks: Browser,
    approves: Browser,
    user: String,
    email: String,
    /// The security key before the reset.
    old_key: String,
}

/// What the clients know of the answers that they received.
#[derive(Debug, Default)]
struct Received {
    asked: bool,
    set_up_code: Option<String>,
    approved: bool,
    new_key: Option<String>,
    confirmed: bool,
}

async fn kill_rounds(portal: &Installation, rounds: u32) {
    portal.add_account();
    portal.add_user(ADA);
    portal.add_user(CY);
    portal.run(&["account", "require-2fa", postern_testkit::ACCOUNT, "on"]);
    portal.database.execute("update memberships set admin_since = 1").await;
    portal.database.execute("update accounts set reset_set_up_code_since = 1, reset_approval_since = 1").await;
    let mut server = portal.start().await;
    let (asks, approves) = (administrator(portal, &server, ADA).await, administrator(portal, &server, CY).await);
    let account = portal.database.texts("select id from accounts").await.remove(0);
    let mut done = 0;
    for round in 0..rounds {
        let email = format!("user{round}@example.com");
        portal.add_user(&email);
        portal.database.execute("update accounts set reset_set_up_code_since = null").await;
        let (_, old_key) = server.set_up(&email).await;
        portal.database.execute("update accounts set reset_set_up_code_since = 1").await;
        let user = portal.database.texts(&format!("select id from users where email = '{email}'")).await.remove(0);
        let (asks, approves) = (asks.moved_to(&server), approves.moved_to(&server));
        let scene = Scene { account: account.clone(), asks, approves, user, email, old_key };
        let (stage, mut reached) = watch::channel(0);
        let client = tokio::spawn(story(scene.clone(), server.browser(), stage));
        reached.wait_for(|stage| *stage > round % REQUESTS).await.unwrap();
        // Somewhere in the request, or shortly after it.
        let chance = u32::from_str_radix(&random_id()[..4], 16).unwrap();
        tokio::time::sleep(LONGEST_REQUEST * chance / 0xffff).await;
        server.kill();
        let received = client.await.unwrap();
        check_rows(portal).await;
        server = portal.start().await;
        done += u32::from(go_on_to_the_end(&server, &scene, &received).await);
    }
    assert!(done < rounds, "no kill came before the reset was done");
}

/// An administrator who has set up a second factor, and shown it just now.
async fn administrator(portal: &Installation, server: &Server, email: &str) -> Browser {
    portal.database.execute("update accounts set reset_set_up_code_since = null").await;
    let (browser, _) = server.set_up(email).await;
    portal.database.execute("update accounts set reset_set_up_code_since = 1").await;
    browser
}

async fn story(scene: Scene, browser: Browser, stage: watch::Sender<u32>) -> Received {
    let mut received = Received::default();
    drop(tell(scene, browser, &stage, &mut received).await);
    received
}

async fn tell(
    mut scene: Scene,
    mut browser: Browser,
    stage: &watch::Sender<u32>,
    received: &mut Received,
) -> std::io::Result<()> {
    stage.send_replace(1);
    let asked = scene.asks.try_post(&scene.path(route::ACCOUNT_USER_RESET), json!({})).await?.expect(202).json();
    received.asked = true;
    let set_up_code = asked["set_up_code"].as_str().unwrap().to_owned();
    received.set_up_code = Some(set_up_code.clone());
    let approve =
        route::fill(route::ACCOUNT_RESET_APPROVE, &[&scene.account, asked["request"]["id"].as_str().unwrap()]);
    stage.send_replace(2);
    scene.approves.try_post(&approve, json!({})).await?.expect(200);
    received.approved = true;
    stage.send_replace(3);
    let set_up = browser.try_post(route::SIGN_IN, credentials(&scene.email, PASSWORD)).await?.expect(200).json();
    let key = set_up["security_key"].as_str().unwrap().to_owned();
    received.new_key = Some(key.clone());
    stage.send_replace(4);
    let confirm = json!({"code": code(&key), "set_up_code": set_up_code});
    browser.try_post(route::SET_UP_CONFIRM, confirm).await?.expect(200);
    received.confirmed = true;
    Ok(())
}

impl Scene {
    fn path(&self, path: &str) -> String {
        route::fill(path, &[&self.account, &self.user])
    }

    /// The open request about the user.
    async fn request(&mut self) -> Option<String> {
        let path = route::fill(route::ACCOUNT_RESET_REQUESTS, &[&self.account]);
        let requests = self.approves.get(&path).await.expect(200).json();
        let own = requests.as_array().unwrap().iter().find(|request| request["user"] == self.user.as_str());
        own.map(|request| request["id"].as_str().unwrap().to_owned())
    }
}

/// Before anybody repairs anything.
async fn check_rows(portal: &Installation) {
    let half = "select count(*) from users u left join totp_factors f on f.user_id = u.id
        where (u.two_factor_since is null) <> (f.user_id is null)";
    assert_eq!(portal.database.count(half).await, 0, "a half-active factor");
    let done_and_open = "select count(*) from reset_requests r join users u on u.id = r.user_id
        where u.two_factor_since is null";
    assert_eq!(portal.database.count(done_and_open).await, 0, "a request that is done and open");
    let left_over = "select count(*) from set_up_codes c join users u on u.id = c.user_id
        where u.two_factor_since is not null";
    assert_eq!(portal.database.count(left_over).await, 0, "a set-up code beside an active factor");
    let session = "select count(*) from sessions s left join totp_factors f on f.user_id = s.user_id
        where s.authenticated_at is not null and f.user_id is null";
    assert_eq!(portal.database.count(session).await, 0, "a session that outlived the reset");
}

/// What the people would do now. Returns whether the reset was done before the kill.
async fn go_on_to_the_end(server: &Server, scene: &Scene, received: &Received) -> bool {
    let mut scene = scene.clone();
    (scene.asks, scene.approves) = (scene.asks.moved_to(server), scene.approves.moved_to(server));
    let mut browser = server.browser();
    let step = browser.sign_in(&scene.email).await.expect(200);
    let was_done = step.step() == "set_up" || received.approved;
    if received.confirmed {
        assert_eq!(step.step(), "code", "the confirmed factor is lost");
        return true;
    }
    match (step.step().as_str(), scene.request().await) {
        // The confirmation was carried out, and its answer lost: nobody has the old factor.
        ("code", None) if received.new_key.is_some() => return true,
        ("code", None) => {
            assert!(!received.asked, "the request is lost");
            let asked = scene.asks.post(&scene.path(route::ACCOUNT_USER_RESET), json!({})).await.expect(202).json();
            let id = asked["request"]["id"].as_str().unwrap().to_owned();
            approve(&mut scene, &id).await;
            set_up(server, &scene, asked["set_up_code"].as_str().unwrap()).await;
        }
        ("code", Some(id)) => {
            assert!(!received.approved, "the approval is lost");
            approve(&mut scene, &id).await;
            set_up(server, &scene, &code_of(&mut scene.clone(), received).await).await;
        }
        ("set_up", None) => {
            assert!(browser.code(&code(&scene.old_key)).await.status != 200, "the old factor works");
            set_up(server, &scene, &code_of(&mut scene.clone(), received).await).await;
        }
        (step, request) => panic!("{step} with the request {request:?}"),
    }
    was_done
}

async fn approve(scene: &mut Scene, id: &str) {
    let path = route::fill(route::ACCOUNT_RESET_APPROVE, &[&scene.account, id]);
    scene.approves.post(&path, json!({})).await.expect(200);
}

/// The set-up code that was told; a new one, if the answer with it was lost.
async fn code_of(scene: &mut Scene, received: &Received) -> String {
    if let Some(code) = &received.set_up_code {
        return code.clone();
    }
    let made = scene.asks.post(&scene.path(route::ACCOUNT_USER_SET_UP_CODE), json!({})).await.expect(200);
    made.json()["set_up_code"].as_str().unwrap().to_owned()
}

/// The set-up is demanded, needs the set-up code, and works with it.
async fn set_up(server: &Server, scene: &Scene, set_up_code: &str) {
    let mut browser = server.browser();
    let key = browser.begin_set_up(&scene.email).await;
    browser.confirm(&code(&key)).await.expect_error(401, "invalid_set_up_code");
    browser.confirm_with(&code(&key), set_up_code).await.expect(200);
}
