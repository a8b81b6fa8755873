//! Makes the C library return freed memory to the system. The only place with unsafe code.

/// Bytes of free memory to keep at the end of a heap.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: std::ffi::c_int = 4 << 20;
/// Size in bytes from which an allocation is mapped and returned by itself: the maximum that glibc allows.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: std::ffi::c_int = 32 << 20;

/// Makes glibc return freed memory. By default, it learns from the largest freed allocation to keep twice as much, in every
/// thread's heap: an import into SQLite, whose page caches are in several of them, reached 189 MB with 10 million rows and
/// 159 MB with one million. With this setting it reaches 108 and 112 MB, in the same time.
///
/// Must be called before any other thread starts.
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "no safe wrapper of mallopt is kept up")]
    // SAFETY: mallopt takes two numbers and may be called at any time. It only changes what free() does from then on, and
    // leaves the setting unchanged if it refuses a number.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}
