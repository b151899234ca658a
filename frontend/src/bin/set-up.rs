//! The program of `set-up.html`.

fn main() {
    postern_frontend::start_set_up();
}
