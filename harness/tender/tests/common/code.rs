//! A tiny assembler.

use halligan_solo5::abi::hvt::HYPERCALL_PORT;

/// An argument of a system call.
#[derive(Clone, Copy)]
pub enum Argument {
    /// This value.
    Value(u64),
    /// The descriptor of the epoll set in the boot information.
    Epoll,
    /// The descriptor of the timer in the boot information.
    Timer,
    /// The descriptor of this entry of the manifest.
    Device(u32),
}

impl From<u64> for Argument {
    fn from(value: u64) -> Self {
        Self::Value(value)
    }
}

/// Machine code. The guest's boot information stays in RBX.
#[derive(Clone)]
pub struct Code(Vec<u8>);

impl Default for Code {
    fn default() -> Self {
        Self::new()
    }
}

impl Code {
    /// mov rbx, rdi
    pub fn new() -> Self {
        Self(vec![0x48, 0x89, 0xfb])
    }

    /// Adds instructions.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Makes a system call.
    pub fn syscall(mut self, number: u64, arguments: &[Argument]) -> Self {
        // mov rdi, rsi, rdx, r10, r8, r9 with an immediate
        const REGISTERS: [[u8; 2]; 6] =
            [[0x48, 0xbf], [0x48, 0xbe], [0x48, 0xba], [0x49, 0xba], [0x49, 0xb8], [0x49, 0xb9]];
        for (index, argument) in arguments.iter().enumerate() {
            self = match *argument {
                Argument::Value(value) => self.raw(&REGISTERS[index]).raw(&value.to_le_bytes()),
                _ if index > 0 => panic!("only the first argument is a descriptor"),
                // mov edi, [rbx + 32]
                Argument::Epoll => self.raw(&[0x8b, 0x7b, 32]),
                // mov edi, [rbx + 36]
                Argument::Timer => self.raw(&[0x8b, 0x7b, 36]),
                // mov rax, [rbx + 24]; mov edi, [rax + 8 + 104 index + 88]
                Argument::Device(entry) => {
                    self.raw(&[0x48, 0x8b, 0x43, 24, 0x8b, 0xb8]).raw(&(8 + 104 * entry + 88).to_le_bytes())
                }
            };
        }
        // mov rax, number; syscall
        self.raw(&[0x48, 0xb8]).raw(&number.to_le_bytes()).raw(&[0x0f, 0x05])
    }

    /// Makes a hypercall with its arguments at this address.
    pub fn hypercall(self, number: u16, arguments: u64) -> Self {
        // mov eax, arguments; mov edx, port; out dx, eax
        let code = self.raw(&[0xb8]).raw(&(arguments as u32).to_le_bytes());
        code.raw(&[0xba]).raw(&u32::from(HYPERCALL_PORT + number).to_le_bytes()).raw(&[0xef])
    }

    /// Stores what the last system call returned at `address`.
    pub fn store_result(self, address: u64) -> Self {
        // mov [address], rax
        self.raw(&[0x48, 0xa3]).raw(&address.to_le_bytes())
    }

    /// Writes `size` bytes at `address` to the console.
    pub fn print(self, address: u64, size: u64) -> Self {
        self.syscall(1, &[1.into(), address.into(), size.into()])
    }

    /// Exits with this status.
    pub fn exit(self, status: u64) -> Self {
        self.syscall(231, &[status.into()])
    }

    /// Length of the code so far in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
