package dev.stepgate.environment.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class SpawnerTest {
    @Test
    void startsNothingOnceItIsClosedAndSaysSo() throws Exception {
        Spawner spawner = new Spawner();
        assertEquals(0, spawner.start(new ProcessBuilder("true")).waitFor());
        spawner.close();
        IOException refused = assertThrows(IOException.class, () -> spawner.start(new ProcessBuilder("true")));
        assertEquals("no process is started any more: the gateway is ending", refused.getMessage());
    }
}
