package dev.stepgate.gateway.episode;

import java.util.concurrent.atomic.AtomicInteger;

/** The slots of one environment. Lock-free; a slot that was taken is given back exactly once. */
final class Capacity {
    private final int slots;
    private final AtomicInteger used = new AtomicInteger();

    Capacity(int slots) {
        this.slots = slots;
    }

    /** Takes a slot or throws {@link CapacityReached}; never waits. */
    Slot take() {
        int before = used.getAndUpdate(current -> current < slots ? current + 1 : current);
        if (before >= slots) {
            throw new CapacityReached(before, slots);
        }
        return new Slot();
    }

    int slots() {
        return slots;
    }

    int used() {
        return used.get();
    }

    final class Slot {
        private final AtomicInteger held = new AtomicInteger(1);

        void release() {
            if (held.getAndSet(0) == 1) {
                used.decrementAndGet();
            }
        }
    }
}
