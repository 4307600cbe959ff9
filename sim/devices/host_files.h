/*
 * host_files.h - what the host-files device and a guest's driver agree on.
 *
 * Device   a read-only view of directories of the machine that the simulator
 *          runs on, behind two ports.  It is ours; its like is the 9p or
 *          virtiofs share of a virtual machine.  A request names a path and
 *          is answered at once: the device keeps nothing between requests.
 *
 * ports    0x5f0  a queue: write a request, read its reply; bytes, words or
 *                 double words, also by REP OUTS and REP INS
 *          0x5f8  a queue for files that are to be kept: for each a struct
 *                 host_files_saved, then its bytes; to be written only
 *          0x5f4  read: HOST_FILES_ID if the device is there
 *                 write (any value): carries out the request; the queue then
 *                 holds the reply, and the next request begins empty
 *
 * Request  struct host_files_request, then the path: absolute, without "."
 *          and ".." parts, links not followed, ended by NUL.
 * Reply    struct host_files_reply, then its data.  Reads beyond it are 0.
 *   STAT   a struct host_files_node; of a link, its target with NUL follows
 *   READ   bytes of a regular file from offset on; fewer at its end
 *   LIST   the entries of a directory in the order of strcmp(), from number
 *          offset on, as many as fit into bytes: for each a node, its name
 *          with NUL, zeros to a multiple of 8.  status says how many.
 * All numbers are little-endian.  Plain C: a kernel includes this too.
 */
#ifndef SIM_DEVICES_HOST_FILES_H
#define SIM_DEVICES_HOST_FILES_H
#include <stdint.h>

enum {
    PORT_HOST_FILES_QUEUE = 0x5f0,
    PORT_HOST_FILES_CONTROL = 0x5f4,
    PORT_HOST_FILES_SAVE = 0x5f8,
};

#define HOST_FILES_ID 0x31534648u /* "HFS1" */

enum host_files_op {
    HOST_FILES_STAT = 1,
    HOST_FILES_READ = 2,
    HOST_FILES_LIST = 3,
};

enum {
    HOST_FILES_PATH_BYTES = 4096,
    HOST_FILES_DATA_BYTES = 65536, /* of one reply at most */
};

struct host_files_request {
    uint32_t op;
    uint32_t path_bytes; /* with NUL */
    uint64_t offset;
    uint32_t bytes; /* of data wanted at most */
    uint32_t reserved;
};

struct host_files_reply {
    int32_t status; /* 0 or a count; -ENOENT, -EINVAL as Linux numbers them */
    uint32_t bytes; /* of data that follow */
};

struct host_files_node {
    uint32_t mode;       /* as of stat(2) */
    uint32_t text_bytes; /* of the name or target behind it, with NUL; or 0 */
    uint64_t bytes;
    int64_t modified_s;
    uint32_t modified_ns;
    uint32_t reserved;
};

struct host_files_saved {
    uint32_t index; /* which of the files that were asked for */
    int32_t status; /* 0, or why there is none: a negative errno */
    uint64_t bytes; /* that follow */
};

#endif
