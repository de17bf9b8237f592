@NullMarked
package dev.stepgate.policy.sql;

import org.jspecify.annotations.NullMarked;
