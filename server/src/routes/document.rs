//! What the OpenAPI document says of every route: the ids in its path, the session, and what the layers and the extractors
//! refuse. It is derived here from the path, the method and the tag, so that no route can forget it.

use axum::http::Method;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, Object, OpenApi, PathItem, Ref, RefOr, Required, ResponseBuilder, Type,
};

use crate::http::cookies::SESSION_COOKIE;

/// Name of the security scheme.
const SESSION: &str = "session";
/// Tags of the routes that need a session.
const WITH_SESSION: [&str; 2] = ["me", "administration"];

/// Tag of the routes that answer as OpenID Connect says. Of the refusals below, only those that come before every handler apply.
const OPENID_CONNECT: &str = "openid connect";
/// The statuses of these.
const BEFORE_EVERY_HANDLER: [u16; 4] = [408, 413, 500, 503];

/// Refusals that many routes share: status, name in the document, meaning.
const REFUSALS: [(u16, &str, &str); 9] = [
    (400, "Malformed", "`malformed`: a field cannot be accepted, with the reason"),
    (401, "SessionExpired", "`session_expired`: there is no session, or it has ended"),
    (403, "Forbidden", "`forbidden`: not allowed, or caused by a page of another origin; or `second_factor_required`"),
    (
        409,
        "OutOfStep",
        "`out_of_step`: the log-in is at another step; or `another_user`: the request was drawn for somebody else",
    ),
    (408, "RequestTimeout", "`request_timeout`: the request was not complete in time"),
    (413, "TooLarge", "`too_large`: the body is over 16 KiB"),
    (415, "UnsupportedMediaType", "`unsupported_media_type`: the body is not JSON"),
    (500, "Internal", "`internal`: the log has the cause, with the id in the answer"),
    (503, "Unavailable", "`unavailable`: the server is busy, or the database cannot be reached"),
];

/// The meaning of an id in a path.
const IDS: [(&str, &str); 7] = [
    ("account", "Id of an account of the user."),
    ("application", "Id of an application."),
    ("user", "Id of a user within the account."),
    ("request", "Id of an open request to reset a second factor."),
    ("client", "The `client_id` of a client of OpenID Connect."),
    ("passkey", "Id of one of the user's own passkeys."),
    ("session", "Id of one of the user's own sessions."),
];

/// Completes the document.
pub(super) fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    let cookie = ApiKeyValue::with_description(SESSION_COOKIE, "The session, set by a log-in.");
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    for (_, name, meaning) in REFUSALS {
        let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ApiError"))).build();
        let response = ResponseBuilder::new().description(meaning).content("application/json", body);
        components.responses.insert(name.to_owned(), response.build().into());
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let ids = IDS.iter().filter(|(name, _)| path.contains(&format!("{{{name}}}")));
            operation.parameters.get_or_insert_default().extend(ids.map(|(name, meaning)| id(name, meaning)));
            add_refusals(&method, operation);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [(Method::GET, get), (Method::PUT, put), (Method::POST, post), (Method::DELETE, delete), (Method::PATCH, patch)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn id(name: &str, meaning: &str) -> RefOr<Parameter> {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(meaning))
        .schema(Some(Object::with_type(Type::String)))
        .build()
        .into()
}

fn add_refusals(method: &Method, operation: &mut Operation) {
    let needs_session = operation.tags.iter().flatten().any(|tag| WITH_SESSION.contains(&tag.as_str()));
    let has_parameters = operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let is_openid_connect = operation.tags.iter().flatten().any(|tag| tag == OPENID_CONNECT);
    for (status, name, _) in REFUSALS {
        let applies = match status {
            _ if is_openid_connect => BEFORE_EVERY_HANDLER.contains(&status),
            400 => has_parameters || !method.is_safe(),
            401 => needs_session,
            403 | 409 => needs_session || !method.is_safe(),
            500 | 503 => true,
            _ => !method.is_safe(),
        };
        if applies {
            let shared = RefOr::Ref(Ref::from_response_name(name));
            operation.responses.responses.entry(status.to_string()).or_insert(shared);
        }
    }
    if needs_session {
        operation.security = Some(vec![SecurityRequirement::new(SESSION, [""; 0])]);
    }
}
