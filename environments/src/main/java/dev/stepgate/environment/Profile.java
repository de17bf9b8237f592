package dev.stepgate.environment;

import java.util.EnumSet;
import java.util.Set;

/** Which guarantees an environment asks for, by one word. */
public enum Profile {
    /** None. The only profile that a driver without isolation may serve. */
    DEV,
    /** Everything that needs no cgroup and no second kernel. The default. */
    STANDARD,
    /** Also hard limits on memory and processors. */
    STRICT,
    /** Also a kernel of its own. */
    HOSTILE;

    public Set<Guarantee> required() {
        EnumSet<Guarantee> required = EnumSet.complementOf(
                EnumSet.of(Guarantee.NET_ALLOWLIST, Guarantee.MEM_HARD, Guarantee.CPU, Guarantee.KERNEL_SEPARATE));
        switch (this) {
            case DEV -> required.clear();
            case STANDARD -> {}
            case STRICT -> required.addAll(Set.of(Guarantee.MEM_HARD, Guarantee.CPU));
            case HOSTILE -> required.addAll(Set.of(Guarantee.MEM_HARD, Guarantee.CPU, Guarantee.KERNEL_SEPARATE));
        }
        return required;
    }
}
