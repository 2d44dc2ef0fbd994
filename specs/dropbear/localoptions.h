/* Speed over size: unrolled ciphers and hashes. */
#define DROPBEAR_SMALL_CODE 0
/* /var/run is a link to it. */
#define DROPBEAR_PIDFILE "/run/dropbear.pid"
/* No sftp-server is packaged; `scp -O` is the way to copy. */
#define DROPBEAR_SFTPSERVER 0
/* Session paths of a merged root: /bin and /sbin are links. */
#define DEFAULT_PATH "/usr/local/bin:/usr/bin"
#define DEFAULT_ROOT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
