// Everything but the adapters.
#pragma once

#include <abide/as_completed.hpp>
#include <abide/epoll.hpp>
#include <abide/error.hpp>
#include <abide/exception_group.hpp>
#include <abide/executor.hpp>
#include <abide/future.hpp>
#include <abide/gather.hpp>
#include <abide/handle.hpp>
#include <abide/loop.hpp>
#include <abide/outcome.hpp>
#include <abide/poller.hpp>
#include <abide/report.hpp>
#include <abide/run.hpp>
#include <abide/shield.hpp>
#include <abide/sleep.hpp>
#include <abide/spawned.hpp>
#include <abide/task.hpp>
#include <abide/task_group.hpp>
#include <abide/thread_future.hpp>
#include <abide/time.hpp>
#include <abide/timeout.hpp>
#include <abide/version.hpp>
#include <abide/virtual_time.hpp>
#include <abide/wait.hpp>
