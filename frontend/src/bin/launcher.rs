//! The program of `launcher.html`.

fn main() {
    postern_frontend::start_launcher();
}
