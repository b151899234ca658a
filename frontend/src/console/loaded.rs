//! Data that a screen loads when it is shown, and loads again when it has changed.

use std::future::Future;

use leptos::{prelude::*, task::spawn_local};

use super::state::Console;
use crate::flow::Failure;

/// Loaded data.
pub(super) struct Loaded<T: Send + Sync + 'static> {
    /// The latest data, kept while newer data is being loaded.
    pub(super) value: RwSignal<Option<T>>,
    /// Why the latest load failed.
    pub(super) failure: RwSignal<Option<Failure>>,
    /// Whether a load is in progress.
    pub(super) busy: RwSignal<bool>,
    again: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Loaded<T> {}

impl<T: Send + Sync + 'static> Loaded<T> {
    /// Loads the data again.
    pub(super) fn reload(self) {
        self.again.update(|times| *times += 1);
    }
}

/// Loads data now, and whenever a signal that `make` reads has changed. The response to an earlier request never replaces
/// that to a later one.
pub(super) fn load<T, F>(console: Console, make: impl Fn() -> F + Clone + 'static) -> Loaded<T>
where
    T: Clone + Send + Sync + 'static,
    F: Future<Output = Result<T, Failure>> + 'static,
{
    let loaded = Loaded {
        value: RwSignal::new(None),
        failure: RwSignal::new(None),
        busy: RwSignal::new(true),
        again: RwSignal::new(0),
    };
    let latest = StoredValue::new(0_u32);
    Effect::new(move || {
        loaded.again.track();
        drop(make());
        let make = make.clone();
        let number = latest.get_value() + 1;
        latest.set_value(number);
        loaded.busy.set(true);
        spawn_local(async move {
            let answer = console.ask(|| untrack(&make)).await;
            if latest.try_get_value() != Some(number) {
                return;
            }
            loaded.busy.set(false);
            match answer {
                Ok(value) => {
                    loaded.failure.set(None);
                    loaded.value.set(Some(value));
                }
                Err(failure) => loaded.failure.set(Some(failure)),
            }
        });
    });
    loaded
}
