package dev.stepgate.gateway.upstream;

import dev.stepgate.tool.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The same question to several upstreams at once. Each keeps its own deadline; one that fails is no matter of the others. */
final class InParallel {
    private InParallel() {}

    /** What came of one of them: exactly one of the two. */
    record Attempt<T>(@Nullable T result, @Nullable Refusal refusal) {}

    /** The results in the order of the items. A lone item is worked on by the caller's own thread. */
    static <I, T> List<Attempt<T>> each(List<I> items, Function<I, T> work) {
        if (items.size() == 1) {
            return List.of(attempt(items.getFirst(), work));
        }
        List<CompletableFuture<Attempt<T>>> running = new ArrayList<>();
        for (I item : items) {
            CompletableFuture<Attempt<T>> result = new CompletableFuture<>();
            Thread.ofVirtual().name("fan-out").start(() -> {
                try {
                    result.complete(attempt(item, work));
                } catch (RuntimeException bug) {
                    result.completeExceptionally(bug);
                }
            });
            running.add(result);
        }
        return running.stream().map(CompletableFuture::join).toList();
    }

    private static <I, T> Attempt<T> attempt(I item, Function<I, T> work) {
        try {
            return new Attempt<>(work.apply(item), null);
        } catch (Refusal refusal) {
            return new Attempt<>(null, refusal);
        }
    }
}
