/** How each family of distributions installs a package. */
const families: readonly (readonly [ids: readonly string[], command: string])[] = [
  [["debian", "ubuntu"], "apt-get install -y"],
  [["fedora", "rhel", "centos"], "dnf install -y"],
  [["suse", "opensuse"], "zypper install -y"],
  [["arch"], "pacman -S"],
];

/**
 * The command that installs packages on the system that a text of /etc/os-release is of.
 *
 * @param names as Debian calls them, which the others do too.
 */
export function installCommand(osRelease: string, ...names: readonly string[]): string {
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)`, "m").exec(osRelease)?.[1] ?? "";
  const ids = `${field("ID")} ${field("ID_LIKE")}`.split(" ");
  const found = families.find(([known]) =>
    ids.some((id) => known.some((one) => id === one || id.startsWith(`${one}-`))),
  );
  return found === undefined
    ? `install ${names.join(" and ")} with the packages of this system`
    : `${found[1]} ${names.join(" ")}`;
}
