@NullMarked
package dev.stepgate.gateway.catalog;

import org.jspecify.annotations.NullMarked;
