//! The program of `index.html`.

fn main() {
    postern_frontend::start_log_in();
}
