package dev.stepgate.policy.schema;

import java.util.Map;

/**
 * What a JSON Schema says of a value's type, as far as an expression can be checked against it. What it leaves open, or
 * says in a way that is no single type, is {@link Anything}.
 */
public sealed interface Shape {

    /** A string. */
    record Text() implements Shape {}

    /** A whole number. */
    record Whole() implements Shape {}

    /** A number. */
    record Fraction() implements Shape {}

    /** True or false. */
    record Truth() implements Shape {}

    /** A list. */
    record Items(Shape item) implements Shape {}

    /** An object whose names the schema gives. */
    record Fields(Map<String, Field> fields) implements Shape {
        public Fields {
            fields = Map.copyOf(fields);
        }
    }

    /** Any value. */
    record Anything() implements Shape {}

    /**
     * One name of an object.
     *
     * @param required whether the schema asks for it
     */
    record Field(Shape shape, boolean required) {}
}
