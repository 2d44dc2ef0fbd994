/* How scan-reads.so tells the scan helper which files of the specs folder a parse looked at. */
#ifndef DISTROKIT_SCAN_READS_H
#define DISTROKIT_SCAN_READS_H

/* Environment variable: the specs folder, absolute. */
#define READS_ROOT "DISTROKIT_READS"
/* Descriptor that paths are appended to; high, so that no shell uses it for its own. */
#define READS_FD 217

#endif
