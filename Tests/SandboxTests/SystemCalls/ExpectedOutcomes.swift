/// What each profile must do with each system call that does not depend on arguments, written down independently of the
/// profiles: those name what is allowed, this names what is not.
struct ExpectedOutcomes {
    var missing: Set<String>
    var refused: Set<String>
    var killed: Set<String> = []
    /// Decided by arguments: see `ArgumentCase`.
    var conditional: Set<String>

    func outcome(of name: String) -> FilterInterpreter.Outcome? {
        if conditional.contains(name) { return nil }
        if killed.contains(name) { return .notify }
        if refused.contains(name) { return .error(1) }
        if missing.contains(name) { return .error(38) }
        return .allow
    }

    static func of(_ profile: String) -> ExpectedOutcomes {
        switch profile {
        case "worker": worker
        case "python": python
        default: ordinary
        }
    }

    private static func words(_ text: String) -> Set<String> { Set(text.split(whereSeparator: \.isWhitespace).map(String.init)) }

    private static let ordinary = ExpectedOutcomes(
        missing: words(
            """
            shmget shmat shmctl shmdt semget semop semctl semtimedop msgget msgsnd msgrcv msgctl mq_open mq_unlink mq_timedsend
            mq_timedreceive mq_notify mq_getsetattr uselib ustat sysfs _sysctl create_module get_kernel_syms query_module
            nfsservctl getpmsg putpmsg afs_syscall tuxcall security vserver set_thread_area get_thread_area epoll_ctl_old
            epoll_wait_old remap_file_pages get_mempolicy ioprio_get io_setup io_destroy io_getevents io_submit io_cancel
            io_pgetevents io_uring_setup io_uring_enter io_uring_register vmsplice clone3 openat2 cachestat map_shadow_stack
            futex_wake futex_wait futex_requeue statmount listmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules
            setxattrat getxattrat listxattrat removexattrat open_tree_attr file_getattr file_setattr
            """),
        refused: words(
            """
            unshare setns ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp process_madvise process_mrelease
            keyctl add_key request_key bpf perf_event_open userfaultfd mount umount2 pivot_root chroot fsopen fsconfig fsmount
            fspick open_tree move_mount mount_setattr modify_ldt execveat memfd_create memfd_secret open_by_handle_at
            name_to_handle_at init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff acct
            syslog sethostname setdomainname clock_settime settimeofday clock_adjtime adjtimex quotactl quotactl_fd
            fanotify_init fanotify_mark move_pages migrate_pages mbind set_mempolicy set_mempolicy_home_node iopl ioperm
            vhangup lookup_dcookie sync syncfs setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups
            capset ioprio_set sched_setaffinity sched_setscheduler sched_setparam sched_setattr
            """),
        conditional: words(
            """
            clone socket socketpair ioctl prctl personality seccomp prlimit64 setpriority mknod mknodat chmod fchmod fchmodat
            fchmodat2 creat open openat
            """))

    private static let python: ExpectedOutcomes = {
        var outcomes = ordinary
        outcomes.conditional.formUnion(["mmap", "mprotect", "pkey_mprotect"])
        return outcomes
    }()

    private static let worker: ExpectedOutcomes = {
        let allowed = words(
            """
            read write close stat fstat lstat poll lseek munmap brk rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend
            pread64 readv writev access sched_yield mremap madvise dup dup2 nanosleep getpid execve exit wait4 kill uname fcntl getcwd
            readlink gettimeofday getrusage sysinfo getuid getgid geteuid getegid getppid setsid sigaltstack arch_prctl gettid
            futex sched_getaffinity getdents64 set_tid_address restart_syscall clock_gettime clock_getres clock_nanosleep
            exit_group epoll_wait epoll_ctl tgkill waitid newfstatat readlinkat faccessat ppoll set_robust_list epoll_pwait
            timerfd_create timerfd_settime eventfd2 epoll_create1 dup3 pipe2 getcpu getrandom membarrier statx rseq
            close_range faccessat2
            """)
        let killed = words(
            """
            ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp add_key request_key keyctl bpf
            perf_event_open userfaultfd mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick open_tree move_mount
            mount_setattr setns unshare modify_ldt iopl ioperm execveat memfd_create memfd_secret name_to_handle_at
            open_by_handle_at init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff
            io_uring_setup io_uring_enter io_uring_register
            """)
        let conditional = words("clone openat open ioctl prctl seccomp prlimit64 setpriority mmap mprotect")
        return ExpectedOutcomes(
            missing: Set(X86SystemCalls.names.values).subtracting(allowed).subtracting(killed).subtracting(conditional),
            refused: [], killed: killed, conditional: conditional)
    }()
}
