export default {
  progress: (step: number, of: number) => `Step ${step} of ${of}`,
  skipAll: 'Skip all',
  back: 'Back',
  skip: 'Skip',
  next: 'Continue',
  finish: 'Open the chat',
  titles: {
    what: 'Welcome to Postern',
    model: 'Choose who answers',
    phone: 'Bring your phone',
    login: 'Start with the computer?',
  },
  leads: {
    what: 'An assistant that runs on your own machine, for you and the devices you pair.',
    model:
      'An agent needs a language model. One on this machine keeps everything here; a provider needs a key of yours.',
    phone: 'Chat on the go, and approve what waits for you.',
    login: 'So that your phone and other devices reach your agents without you thinking of it.',
  },
  points: {
    talk: {
      title: 'You talk, it answers',
      text: 'In this window, in a terminal, or on a paired phone. Every conversation goes on wherever you are.',
    },
    act: {
      title: 'It can act, and asks first',
      text: 'It reads and writes files in a folder of its own and looks at web pages. A command runs only after you allowed it.',
    },
    data: {
      title: 'What is yours stays with you',
      text: 'Conversations are kept on the machine of this gateway, keys in its credential store. A provider that you connect is sent the conversation and what the agent reads for it.',
    },
  },
  folder: 'Your data:',
  answersWith: (model: string) => `${model} answers.`,
  chooseOf: (provider: string) => `Choose a model of ${provider}`,
  noLocal:
    'No model server was found on this machine. Ollama and LM Studio are found by themselves when they run.',
  withKey: 'With a key of your own',
  skipModel:
    'Without a model the built-in assistant answers: it knows the commands and helps you to connect one later.',
  pick: 'Choose a model',
  phoneSteps: [
    'Install an app that speaks the OpenClaw gateway protocol.',
    'Show the code here and scan it with the app.',
    'Your phone appears under Devices, where you can take its access away again.',
  ],
  showCode: 'Show a code',
  phoneLater: 'You can do this at any time under Devices.',
  loginLater: 'You can change this under About.',
};
