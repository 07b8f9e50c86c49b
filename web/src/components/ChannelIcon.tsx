import { ThemeIcon } from "@mantine/core";
import {
  IconBrandTelegram, IconBrandWhatsapp, IconDeviceMobileMessage, IconMail, IconMessage, IconMessageCircle, IconPhone, IconPhoneIncoming, IconPhoneOutgoing,
  type Icon,
} from "@tabler/icons-react";

const LOOKS: Record<string, [Icon, string]> = {
  phone: [IconPhone, "sea"],
  email: [IconMail, "blue"],
  chat: [IconMessage, "violet"],
  sms: [IconDeviceMobileMessage, "orange"],
  telegram: [IconBrandTelegram, "cyan"],
  whatsapp: [IconBrandWhatsapp, "green"],
  viber: [IconMessageCircle, "grape"],
};

export function ChannelIcon({ channel, direction, size = 32 }: { channel: string; direction?: string; size?: number }) {
  const [plain, color] = LOOKS[channel] ?? [IconMessage, "gray"];
  const arrow = direction === "inbound" ? IconPhoneIncoming : direction === "outbound" ? IconPhoneOutgoing : plain;
  const Shown = channel === "phone" ? arrow : plain;
  return (
    <ThemeIcon size={size} radius="xl" variant="light" color={color} aria-hidden>
      <Shown size={size * 0.55} />
    </ThemeIcon>
  );
}
