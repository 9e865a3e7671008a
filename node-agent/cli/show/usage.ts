/** What a container uses. */
export interface Usage {
  /** Percent of one processor. */
  processor: number;
  memory: number;
  limit: number;
  received: number;
  sent: number;
  read: number;
  written: number;
  processes: number;
}

interface ProcessorTimes {
  cpu_usage?: { total_usage?: number; percpu_usage?: number[] | null };
  system_cpu_usage?: number;
  online_cpus?: number;
}

/** As the API has it. */
export interface Sample {
  id?: string;
  name?: string;
  read?: string;
  cpu_stats?: ProcessorTimes;
  precpu_stats?: ProcessorTimes;
  memory_stats?: { usage?: number; limit?: number; stats?: Record<string, number> };
  networks?: Record<string, { rx_bytes?: number; tx_bytes?: number }>;
  blkio_stats?: { io_service_bytes_recursive?: { op: string; value: number }[] | null };
  pids_stats?: { current?: number };
}

/** Undefined for a sample of a container that does not run. */
export function usageOf(sample: Sample): Usage | undefined {
  if (sample.read === undefined || sample.read.startsWith("0001-")) return undefined;
  const { stats = {}, usage = 0, limit = 0 } = sample.memory_stats ?? {};
  // What the kernel would give back is not used: cgroup v1 and v2 call it differently.
  const cache = stats["total_inactive_file"] ?? stats["inactive_file"] ?? 0;
  const networks = Object.values(sample.networks ?? {});
  const blocks = sample.blkio_stats?.io_service_bytes_recursive ?? [];
  const moved = (letter: string) =>
    blocks.filter(({ op }) => op[0]?.toLowerCase() === letter).reduce((sum, { value }) => sum + value, 0);
  return {
    processor: processorPercent(sample.cpu_stats ?? {}, sample.precpu_stats ?? {}),
    memory: cache < usage ? usage - cache : usage,
    limit,
    received: networks.reduce((sum, { rx_bytes = 0 }) => sum + rx_bytes, 0),
    sent: networks.reduce((sum, { tx_bytes = 0 }) => sum + tx_bytes, 0),
    read: moved("r"),
    written: moved("w"),
    processes: sample.pids_stats?.current ?? 0,
  };
}

function processorPercent(now: ProcessorTimes, before: ProcessorTimes): number {
  const own = (now.cpu_usage?.total_usage ?? 0) - (before.cpu_usage?.total_usage ?? 0);
  const all = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  const count = now.online_cpus || now.cpu_usage?.percpu_usage?.length || 1;
  return own > 0 && all > 0 ? (own / all) * count * 100 : 0;
}
