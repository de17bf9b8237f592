package dev.stepgate.gateway.credential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.gateway.credential.LeaseLedger.Owner;
import dev.stepgate.gateway.credential.SecretStore.Issued;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeaseLedgerTest {
    private static final Owner OWNER = new Owner("e", "pg");
    private static final InstantSource CLOCK = () -> Instant.EPOCH;

    @TempDir
    Path folder;

    @Test
    void staysShortHoweverMuchIsIssuedAndForgetsNothingThatLives() throws Exception {
        Path file = folder.resolve("ledger.jsonl");
        try (LeaseLedger ledger = new LeaseLedger(file, CLOCK, 20)) {
            ledger.issued(new Issued.Token("stays"), new Owner("e", ""), Duration.ofHours(1));
            for (int i = 0; i < 500; i++) {
                Issued issued = new Issued.Leased("db/creds/" + i);
                ledger.issued(issued, OWNER, Duration.ofMinutes(1));
                if (i != 250) {
                    ledger.ended(issued);
                }
            }
            assertThat(Files.readAllLines(file)).hasSizeLessThan(25);
            assertThat(LeaseLedger.read(file, CLOCK))
                    .containsOnlyKeys(new Issued.Token("stays"), new Issued.Leased("db/creds/250"));
        }
        try (LeaseLedger again = new LeaseLedger(file, CLOCK)) {
            assertThat(again.live()).hasSize(2);
        }
    }
}
