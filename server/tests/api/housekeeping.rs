//! What goes by itself.

use postern_testkit::{ADA, on_both_databases};

on_both_databases! {
    async fn cleaning_up_removes_what_has_ended_and_nothing_else(portal) {
        portal.add_user("Acme", ADA).await;
        let mut live = portal.browser();
        portal.browser().sign_in(ADA).await.expect(200);
        portal.advance(3000);
        live.sign_in(ADA).await.expect(200);
        portal.advance(1000);
        postern::housekeeping::clean_up(&portal.state).await.unwrap();
        assert_eq!(portal.database.count("select count(*) from sessions").await, 1);
        assert_eq!(live.step().await, "signed_in");
    }
}
