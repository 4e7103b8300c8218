{
  "variables": { "truefork_strict%": 0 },
  "targets": [
    {
      "target_name": "truefork",
      "sources": [
        "native/accept.cc",
        "native/addon.cc",
        "native/address.cc",
        "native/arguments.cc",
        "native/child_end.cc",
        "native/constants.cc",
        "native/credentials.cc",
        "native/descriptors.cc",
        "native/dispositions.cc",
        "native/examine.cc",
        "native/fork.cc",
        "native/inet.cc",
        "native/inherited.cc",
        "native/limits.cc",
        "native/memory.cc",
        "native/messages.cc",
        "native/processes.cc",
        "native/signals.cc",
        "native/socket_options.cc",
        "native/sockets.cc",
        "native/spawn.cc",
        "native/users.cc",
        "native/wait.cc",
        "native/wake_pipe.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "_GNU_SOURCE"],
      "cflags_cc": ["-std=c++17", "-fvisibility=hidden"],
      "ldflags": [
        "-Wl,-z,relro,-z,now",
        "-Wl,--version-script=<(module_root_dir)/native/exports.map"
      ],
      "cflags_cc!": ["-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "conditions": [
        ["OS=='linux'", {
          "sources": [
            "native/address_space_linux.cc",
            "native/inheritable_memory_linux.cc",
            "native/large_pages_linux.cc",
            "native/mappings_linux.cc",
            "native/platform_linux.cc",
            "native/threads_linux.cc",
            "native/title_linux.cc",
            "native/wait_exclusive_linux.cc"
          ]
        }],
        ["OS=='freebsd'", {
          "sources": [
            "native/address_space_freebsd.cc",
            "native/inheritable_memory_freebsd.cc",
            "native/large_pages_freebsd.cc",
            "native/platform_freebsd.cc",
            "native/threads_freebsd.cc",
            "native/title_freebsd.cc",
            "native/wait_exclusive_freebsd.cc"
          ]
        }],
        ["truefork_strict==1", { "cflags_cc": ["-Wall", "-Wextra", "-Werror"] }]
      ]
    }
  ]
}
