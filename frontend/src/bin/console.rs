//! The program of `console.html`.

fn main() {
    postern_frontend::start_console();
}
