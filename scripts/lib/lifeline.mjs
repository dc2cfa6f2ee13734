// Preloaded into what a launcher hands over to: stops it when the launcher is gone, however the launcher ended.
// The variable is for this process alone, so that whatever it forks is left in peace.
const launcher = process.env.LAUNCHER_PID;
delete process.env.LAUNCHER_PID;
if (launcher === String(process.ppid) && process.channel) {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}
