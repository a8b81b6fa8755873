//! Bridges blocking streams and the async codecs, for threads that may block.
//!
//! An async codec on a source that is always ready never waits, so a poll is the same as a blocking call.

use std::io::{self, BufRead, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};

/// A blocking stream that an async codec reads or writes.
#[derive(Debug)]
pub(super) struct Ready<T>(pub(super) T);

impl<R: BufRead + Unpin> AsyncRead for Ready<R> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let count = self.0.read(buffer.initialize_unfilled())?;
        buffer.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl<R: BufRead + Unpin> AsyncBufRead for Ready<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Poll::Ready(self.get_mut().0.fill_buf())
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        self.0.consume(count);
    }
}

impl<W: Write + Unpin> AsyncWrite for Ready<W> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.0.write(buffer))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

/// An async codec on a [`Ready`] stream, used as a blocking one.
#[derive(Debug)]
pub(super) struct Blocking<T>(pub(super) T);

fn now<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::Error::other("a codec waited for a stream that is always ready")),
    }
}

impl<T: AsyncRead + Unpin> Read for Blocking<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        now(Pin::new(&mut self.0).poll_read(&mut Context::from_waker(Waker::noop()), &mut buffer))?;
        Ok(buffer.filled().len())
    }
}

impl<T: AsyncWrite + Unpin> Write for Blocking<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        now(Pin::new(&mut self.0).poll_write(&mut Context::from_waker(Waker::noop()), buffer))
    }

    fn flush(&mut self) -> io::Result<()> {
        now(Pin::new(&mut self.0).poll_flush(&mut Context::from_waker(Waker::noop())))
    }
}

impl<T: AsyncWrite + Unpin> Blocking<T> {
    /// Ends the codec's stream.
    pub(super) fn finish(mut self) -> io::Result<T> {
        now(Pin::new(&mut self.0).poll_shutdown(&mut Context::from_waker(Waker::noop())))?;
        Ok(self.0)
    }
}
