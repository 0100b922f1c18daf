import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { BriefPane } from "../brief";
import { EditorPane } from "../editor";
import { OutputPane } from "../output";
import { Chat } from "./Chat";
import { useParts, useRoom, useView } from "./context";
import { FaceGrid } from "./Faces";
import { People } from "./People";
import classes from "./PhoneBody.module.css";
import { unreadOf } from "./view";

type Tab = "faces" | "brief" | "code" | "chat" | "people";

/** A phone shows one thing at a time. */
export function PhoneBody() {
  const [tab, setTab] = useState<Tab>("faces");
  const view = useView((v) => v);
  const unread = useRoom((room) => unreadOf(view, room.chat, room.you));
  const tabs = [
    { value: "faces", label: "Faces" },
    { value: "brief", label: "Brief" },
    { value: "code", label: "Code" },
    { value: "chat", label: unread > 0 && tab !== "chat" ? `Chat (${unread})` : "Chat" },
    { value: "people", label: "People" },
  ];
  return (
    <div className={classes.phone}>
      <SegmentedControl
        className={classes.tabs ?? ""}
        classNames={{ label: classes.tab ?? "" }}
        data={tabs}
        value={tab}
        aria-label="View"
        onChange={(value) => setTab(value as Tab)}
      />
      <div className={classes.content}>
        {tab === "faces" && <FaceGrid />}
        {tab === "brief" && <Brief />}
        {tab === "code" && <Code />}
        {tab === "chat" && <Chat />}
        {tab === "people" && <People />}
      </div>
    </div>
  );
}

function Brief() {
  const { session } = useParts();
  const canWrite = useRoom((room) => room.rights.has("write_brief"));
  return (
    <div className={classes.brief}>
      <BriefPane collab={session.collab} canWrite={canWrite} />
    </div>
  );
}

function Code() {
  const { session } = useParts();
  const canRun = useRoom((room) => room.rights.has("run_code"));
  return (
    <div className={classes.code}>
      <EditorPane collab={session.collab} runs={session.runs} canRun={canRun} />
      <OutputPane runs={session.runs} canRun={canRun} />
    </div>
  );
}
