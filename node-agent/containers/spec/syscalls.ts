/**
 * System calls by what they are for, as one allows or withholds them. Names of all architectures stand together: libseccomp passes over
 * those that the kernel's own does not have.
 */
const words = (text: string): string[] => text.trim().split(/\s+/);

/** What any program may ask of its kernel: nothing here reaches beyond the container's own namespaces. */
export const harmless: readonly string[] = [
  // Files.
  `access chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fadvise64_64 fallocate
   fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr
   fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getdents getdents64 getxattr getxattrat
   inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl lchown lchown32 lgetxattr link linkat listxattr listxattrat llistxattr _llseek
   lremovexattr lseek lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 readlink
   readlinkat removexattr removexattrat rename renameat renameat2 rmdir setxattr setxattrat stat stat64 statfs statfs64 statx symlink symlinkat sync
   sync_file_range syncfs truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes chdir getcwd`,
  // Reading, writing and waiting for it.
  `epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 io_cancel
   io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit pipe pipe2 poll ppoll ppoll_time64 pread64 preadv preadv2
   pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read readahead readv select _newselect sendfile sendfile64 signalfd signalfd4 splice
   tee timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 vmsplice write writev`,
  // The network; socket and socketcall have a rule of their own.
  `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg
   sendmsg sendto setsockopt shutdown socketcall socketpair`,
  // Memory.
  `brk cachestat get_robust_list madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2 mprotect
   mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease remap_file_pages rseq set_robust_list`,
  // Processes, their ids and limits.
  `alarm capget capset execve execveat exit exit_group fork getcpu getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
   getpgid getpgrp getpid getppid getpriority getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid gettid getuid
   getuid32 get_thread_area ioprio_get ioprio_set landlock_add_rule landlock_create_ruleset landlock_restrict_self pidfd_open
   pidfd_send_signal prctl prlimit64 restart_syscall seccomp setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32
   setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setrlimit setsid setuid
   setuid32 set_thread_area set_tid_address ugetrlimit vfork wait4 waitid waitpid`,
  // Scheduling, locks and signals.
  `futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake kill pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
   rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_getaffinity sched_getattr sched_getparam
   sched_get_priority_max sched_get_priority_min sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity
   sched_setattr sched_setparam sched_setscheduler sched_yield sigaltstack signal sigaction sigpending sigprocmask sigreturn sigsuspend
   tgkill tkill`,
  // Messages between processes of one IPC namespace.
  `ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget
   msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`,
  // The time and the machine, to be read.
  `adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
   clock_nanosleep_time64 getitimer getrandom gettimeofday nanosleep setitimer sysinfo time timer_create timer_delete timer_getoverrun
   timer_gettime timer_gettime64 timer_settime timer_settime64 times uname`,
].flatMap(words);

/** Those of one architecture only, by Node's name of it. */
export const ofArchitecture: Readonly<Record<string, readonly string[]>> = {
  x64: words("arch_prctl modify_ldt"),
  ia32: words("modify_ldt"),
  arm64: words("arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"),
  arm: words("arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"),
  ppc64: words("sync_file_range2 swapcontext"),
  s390x: words("s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"),
  riscv64: words("riscv_flush_icache"),
};

/** What comes with a capability, and is refused without it. */
export const withCapability: Readonly<Record<string, readonly string[]>> = {
  CAP_BPF: words("bpf"),
  CAP_DAC_READ_SEARCH: words("open_by_handle_at"),
  CAP_PERFMON: words("perf_event_open"),
  CAP_SYS_ADMIN: words(
    `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick listmount lookup_dcookie mount mount_setattr move_mount open_tree
     perf_event_open quotactl quotactl_fd setdomainname sethostname setns statmount syslog umount umount2 unshare`,
  ),
  CAP_SYS_BOOT: words("reboot"),
  CAP_SYS_CHROOT: words("chroot"),
  CAP_SYS_MODULE: words("delete_module init_module finit_module"),
  CAP_SYS_NICE: words("get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
  CAP_SYS_PACCT: words("acct"),
  CAP_SYS_PTRACE: words("kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
  CAP_SYS_RAWIO: words("iopl ioperm"),
  CAP_SYS_TIME: words("settimeofday stime clock_settime clock_settime64"),
  CAP_SYS_TTY_CONFIG: words("vhangup"),
  CAP_SYSLOG: words("syslog"),
};

/** Without a capability, but only since a kernel whose own checks of them are sound: ptrace before 4.8 got around filters. */
export const sinceKernel: readonly { major: number; minor: number; names: readonly string[] }[] = [
  { major: 4, minor: 8, names: words("process_vm_readv process_vm_writev ptrace") },
];
