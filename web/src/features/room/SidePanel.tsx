import { Tabs } from "@mantine/core";
import { Count } from "../../ui";
import { Chat } from "./Chat";
import { useParts, useRoom, useView } from "./context";
import { People } from "./People";
import classes from "./SidePanel.module.css";
import { type Side, unreadOf } from "./view";

/** Chat and people, one at a time. */
export function SidePanel() {
  const { view } = useParts();
  const side = useView(({ side }) => side);
  const seen = useView(({ chatSeen }) => chatSeen);
  const { count, unread } = useRoom((room) => ({
    count: room.participants.length,
    unread: unreadOf({ chatSeen: seen }, room.chat, room.you),
  }));
  if (side === null) return null;
  return (
    <Tabs
      className={classes.panel}
      value={side}
      onChange={(next) => next && view.setState({ side: next as Side })}
      keepMounted={false}
    >
      <Tabs.List>
        <Tabs.Tab value="chat">
          Chat <Count of={side === "chat" ? 0 : unread} />
        </Tabs.Tab>
        <Tabs.Tab value="people">
          People {count > 0 && <span className="vv-number">{count}</span>}
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="chat" className={classes.content}>
        <Chat />
      </Tabs.Panel>
      <Tabs.Panel value="people" className={classes.content}>
        <People />
      </Tabs.Panel>
    </Tabs>
  );
}
