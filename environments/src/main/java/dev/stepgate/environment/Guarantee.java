package dev.stepgate.environment;

import java.util.Locale;

/** What a sandbox can promise of the program inside. A driver claims one only where it has seen it hold. */
public enum Guarantee {
    /** It reads no file but those it was given. */
    FS_READ,
    /** It writes no file but those of its workspace. */
    FS_WRITE,
    /** Its workspace has a size that it cannot pass. */
    FS_QUOTA,
    /** It sees no process but its own. */
    PID_HIDDEN,
    /** It signals no process but its own. */
    SIGNAL,
    /** It has no network. */
    NET_NONE,
    /** Its one way out is the gateway's proxy, which lets it to listed hosts. */
    NET_ALLOWLIST,
    /** It reaches no abstract unix socket of the host. */
    ABSTRACT_SOCKETS,
    /** It opens no socket towards a hypervisor. */
    VSOCK,
    /** It finds nothing of the gateway's environment variables. */
    ENV_CLEAN,
    /** It inherits no file descriptor but its three standard streams. */
    FD_CLEAN,
    /** Its memory has a limit that it cannot pass. */
    MEM_HARD,
    /** Each of its processes has a memory limit; several together can pass it. */
    MEM_PER_PROCESS,
    /** The number of its processes has a limit. */
    PIDS,
    /** Its share of the processors has a limit. */
    CPU,
    /** Calls that reach deep into the kernel are refused. */
    SYSCALL_FILTER,
    /** It gains no privilege by executing anything. */
    NO_PRIV_GAIN,
    /** When it is ended, everything that it started is ended too. */
    KILL_TREE,
    /** It runs on a kernel of its own. */
    KERNEL_SEPARATE;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The name in manifests and listings. */
    public String wireName() {
        return wireName;
    }
}
