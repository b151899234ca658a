//! `passkey.js`, the browser's side of passkeys, loaded where a passkey is used. Options, credentials and failures pass through
//! as JSON texts. On the log-in page the script works without this: see `offer`.

use std::cell::RefCell;

use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};

use crate::flow::Failure;

/// Where the build puts the module. Its name has the hash of its content.
const MODULE: &str = env!("PASSKEY_MODULE");

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = import, catch)]
    async fn import(path: &str) -> Result<JsValue, JsValue>;

    /// The loaded module.
    #[derive(Clone)]
    pub(crate) type Module;

    #[wasm_bindgen(method)]
    fn obstacle(this: &Module) -> Option<String>;

    #[wasm_bindgen(method, catch)]
    async fn create(this: &Module, options: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    async fn get(this: &Module, options: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method)]
    fn abort(this: &Module);

    #[wasm_bindgen(method)]
    fn signal(this: &Module, name: &str, argument: &str);

    #[wasm_bindgen(method)]
    fn words(this: &Module, failure: &str) -> String;
}

thread_local! {
    static LOADED: RefCell<Option<Module>> = const { RefCell::new(None) };
}

/// Whether this browser has passkeys at all. Where it has none, or the page is not secure, nothing offers them.
pub(crate) fn are_known() -> bool {
    js_sys::Reflect::has(&window(), &"PublicKeyCredential".into()).unwrap_or_default()
}

/// Loads the module, if it is not loaded yet.
async fn module() -> Result<Module, Failure> {
    if let Some(loaded) = LOADED.with_borrow(Clone::clone) {
        return Ok(loaded);
    }
    let module: Module = import(MODULE).await.map_err(|_| Failure::Offline)?.unchecked_into();
    LOADED.set(Some(module.clone()));
    Ok(module)
}

/// Fails if no passkey can be used in this browser, or at this address.
pub(crate) async fn check() -> Result<(), Failure> {
    module().await?.obstacle().map_or(Ok(()), |why| Err(Failure::Passkey(words(&why))))
}

/// Makes a passkey; `None` if another request for one has taken its place.
pub(crate) async fn create(options: &str) -> Result<Option<String>, Failure> {
    answer(module().await?.create(options).await)
}

/// Lets the user use a passkey; `None` if another request for one has taken its place.
pub(crate) async fn get(options: &str) -> Result<Option<String>, Failure> {
    answer(module().await?.get(options).await)
}

/// Ends the browser's question for a passkey, if there is one.
pub(crate) fn abort() {
    LOADED.with_borrow(|module| module.as_ref().map(Module::abort));
}

/// What went wrong with a passkey, and what to do. `failure` is the server's refusal, or the script's own.
pub(crate) fn words(failure: &str) -> String {
    LOADED.with_borrow(|module| module.as_ref().map(|module| module.words(failure))).unwrap_or_default()
}

fn answer(answer: Result<JsValue, JsValue>) -> Result<Option<String>, Failure> {
    answer
        .map(|credential| credential.as_string())
        .map_err(|why| Failure::Passkey(words(&why.as_string().unwrap_or_default())))
}

/// Tells the passkey provider what the portal knows of the user's passkeys (`WebAuthn` Level 3, 5.1.10), where the browser can.
pub(crate) async fn signal(name: &str, argument: &str) {
    if let Ok(module) = module().await {
        module.signal(name, argument);
    }
}
