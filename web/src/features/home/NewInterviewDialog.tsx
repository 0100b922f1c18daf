import { Button, Group, NumberInput, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ApiError, type NewInterview } from "../../client/api";
import { Dialog, Hint } from "../../ui";

const TITLE_LENGTH_MAX = 120;
const DURATION_MIN = 5;
const DURATION_MAX = 480;
const DURATION_STEP = 15;
const DURATION_USUAL = 60;

interface NewInterviewDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Rejects with a sentence if the server refuses. */
  readonly onCreate: (interview: NewInterview) => Promise<void>;
}

/** Asks for a title, and if wanted a time. */
export function NewInterviewDialog({ isOpen, onClose, onCreate }: NewInterviewDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="New interview" width={440}>
      <Form onClose={onClose} onCreate={onCreate} />
    </Dialog>
  );
}

function Form({ onClose, onCreate }: Omit<NewInterviewDialogProps, "isOpen">) {
  const [title, setTitle] = useState("");
  const [when, setWhen] = useState("");
  const [minutes, setMinutes] = useState<number | string>(DURATION_USUAL);
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setProblem(null);
    try {
      await onCreate(wish(title, when, minutes));
      onClose();
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : "It could not be created. Try again.");
      setIsBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        <TextInput
          label="Title"
          placeholder="Backend engineer, second round"
          value={title}
          maxLength={TITLE_LENGTH_MAX}
          data-autofocus
          required
          withAsterisk={false}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <TextInput
            type="datetime-local"
            label="Time (optional)"
            value={when}
            onChange={(event) => setWhen(event.currentTarget.value)}
          />
          <NumberInput
            label="Minutes"
            value={minutes}
            min={DURATION_MIN}
            max={DURATION_MAX}
            step={DURATION_STEP}
            onChange={setMinutes}
          />
        </SimpleGrid>
        {problem && <Hint title="Not created" steps={[problem]} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isBusy} disabled={title.trim() === ""}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function wish(title: string, when: string, minutes: number | string): NewInterview {
  return {
    title: title.trim(),
    ...(when === "" ? {} : { scheduled_at: new Date(when).getTime() }),
    ...(typeof minutes === "number" ? { duration_min: minutes } : {}),
  };
}
