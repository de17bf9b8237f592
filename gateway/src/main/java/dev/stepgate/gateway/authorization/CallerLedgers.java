package dev.stepgate.gateway.authorization;

import dev.stepgate.policy.CallerLedger;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What each principal has in flight in each environment. Safe for use by many threads. */
final class CallerLedgers {
    private static final int MAX_LEDGERS = 100_000;

    private final Map<Key, CallerLedger> ledgers = new ConcurrentHashMap<>();
    private final InstantSource clock;

    private record Key(String environment, String principal) {}

    CallerLedgers(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * The ledger of a principal.
     *
     * @throws Refusal when more principals call at once than can be counted: what is not counted is not allowed
     */
    CallerLedger of(String environment, String principal) {
        Key key = new Key(environment, principal);
        CallerLedger known = ledgers.get(key);
        if (known != null) {
            return known;
        }
        if (ledgers.size() >= MAX_LEDGERS) {
            forgetIdle();
        }
        if (ledgers.size() >= MAX_LEDGERS) {
            throw Refusal.of(OutcomeClass.INFRA_ERROR, "infra_error", "too many callers at once: try again later");
        }
        return ledgers.computeIfAbsent(key, _ -> new CallerLedger());
    }

    void forgetIdle() {
        long now = clock.millis();
        ledgers.values().removeIf(ledger -> ledger.isIdle(now));
    }
}
