//! What a guest sleeps on: its network devices and a timer.

use std::os::fd::OwnedFd;
use std::time::Duration;

use halligan_solo5::abi::manifest::MAX_ENTRIES;
use halligan_solo5::abi::spt::TIMER_EVENT;
use rustix::event::epoll;
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

use super::{Device, Kind};
use crate::Error;

/// An epoll set with a timer and all network devices, each under the index of its entry in the manifest.
pub struct Events {
    /// The epoll set.
    pub epoll: OwnedFd,
    /// The timer.
    pub timer: OwnedFd,
}

impl Events {
    /// A set for `devices`.
    ///
    /// # Errors
    /// Fails where the kernel refuses descriptors, or a device cannot be waited for.
    pub fn new(devices: &[Device]) -> Result<Self, Error> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(Error::host("create an epoll set"))?;
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags).map_err(Error::host("create a timer"))?;
        let watch =
            |fd: &OwnedFd, event| epoll::add(&epoll, fd, epoll::EventData::new_u64(event), epoll::EventFlags::IN);
        watch(&timer, TIMER_EVENT).map_err(Error::host("watch the timer"))?;
        for device in devices {
            if let Kind::Net(_) = device.kind {
                let action = || format!("watch network device {} of the manifest", device.index);
                watch(&device.fd, device.index as u64).map_err(|source| Error::host(action())(source))?;
            }
        }
        Ok(Self { epoll, timer })
    }

    /// Waits until a network device has a frame to read, or for `timeout`. Returns the ready devices as a set of bits.
    ///
    /// # Errors
    /// Those of the kernel.
    pub fn wait(&self, timeout: Duration) -> Result<u64, Errno> {
        let none = Timespec { tv_sec: 0, tv_nsec: 0 };
        // A time of zero would disarm the timer.
        let nanoseconds = i64::from(timeout.subsec_nanos()) | 1;
        let value = Timespec { tv_sec: timeout.as_secs() as i64, tv_nsec: nanoseconds.min(999_999_999) };
        let setting = Itimerspec { it_interval: none, it_value: value };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &setting)?;
        let mut events = [const { std::mem::MaybeUninit::uninit() }; MAX_ENTRIES];
        let ready = loop {
            match epoll::wait(&self.epoll, &mut events[..], None) {
                Err(Errno::INTR) => {}
                result => break result?.0,
            }
        };
        let ready = ready.iter().map(|event| event.data.u64()).filter(|&data| data != TIMER_EVENT);
        Ok(ready.fold(0, |set, index| set | 1 << index))
    }
}
