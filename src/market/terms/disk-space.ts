// Whether the disks of this peer have space for work; the part that checks them is handed in.

export interface DiskSpace {
  /** Whether there is space: for what is to be signed, and for a container. */
  isLeft(): boolean;
  /** Calls back when there is no space any more, or again. */
  onChange(listener: () => void): void;
  /** The engine said that its disk is full. */
  engineRefused(): void;
  /** When the disk of the engine was last seen to be full, in milliseconds since 1970; 0: never by this process. */
  engineFullAtMs(): number;
}
