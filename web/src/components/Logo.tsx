import { Group, Text } from "@mantine/core";

export function Logo({ size = 30, name = true }: { size?: number; name?: boolean }) {
  return (
    <Group gap={10} wrap="nowrap">
      <img src="/icon.svg" width={size} height={size} alt={name ? "" : "Ringside"} />
      {name && (
        <Text fw={700} fz={size * 0.6} lts="-0.02em">
          Ringside
        </Text>
      )}
    </Group>
  );
}
