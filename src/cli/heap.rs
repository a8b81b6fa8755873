//! How the C library gives memory back. The one place of unsafe code.

/// Free memory at the end of a heap that is kept, in bytes.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: std::ffi::c_int = 4 << 20;
/// Pieces of memory from which on each is got from the system and given back by itself, in bytes: the most that glibc allows.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: std::ffi::c_int = 32 << 20;

/// Makes glibc give back what was freed. By itself it learns from the largest piece that was freed to keep twice as much, in
/// every thread's heap: an import of 10 million rows into SQLite, whose page caches lie in several of them, came to 189 MB
/// and one of a million to 159. With this they come to 108 and 112, in the same time.
///
/// To be called before any other thread starts.
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "no safe wrapper of mallopt is kept up")]
    // SAFETY: mallopt takes two numbers and may be called at any time; it changes nothing but what free() does from then on.
    // Where it refuses a number, it leaves the setting as it was.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}
