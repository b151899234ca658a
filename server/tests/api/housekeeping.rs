//! What goes by itself.

use crate::app::ADA;
use crate::on_both_databases;

on_both_databases! {
    async fn cleaning_up_removes_what_has_ended_and_nothing_else(app) {
        app.add_user("Acme", ADA).await;
        let mut live = app.browser();
        app.browser().sign_in(ADA).await.expect(200);
        app.advance(3000);
        live.sign_in(ADA).await.expect(200);
        app.advance(1000);
        postern::housekeeping::clean_up(&app.state).await.unwrap();
        assert_eq!(app.count("select count(*) from sessions").await, 1);
        assert_eq!(live.step().await, "signed_in");
    }
}
