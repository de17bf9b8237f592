package dev.stepgate.gateway.journal;

/**
 * How far a file of the journal has come.
 *
 * @param file its name below the journal's folder, with slashes
 * @param records how many lines it has
 * @param head the chain's value after the last of them, in hexadecimal digits
 */
record ChainHead(String file, long records, String head) {}
